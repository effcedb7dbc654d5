// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// From which level on the agent logs, by the names of syslog(3) and swift-log.
package enum LogLevel: String, Hashable, Sendable, CaseIterable {
    /// Also what helps to find a fault.
    case debug
    /// Also what goes as it should.
    case info
    /// Also what is worth knowing.
    case notice
    /// What may need looking after, and worse.
    case warning
    /// What failed.
    case error
}
