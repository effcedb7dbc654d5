// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Logging

/// How much an entry matters, by the numbers of syslog(3).
package enum JournalPriority: Int, Hashable, Sendable, CaseIterable, Comparable {
    case emergency = 0
    case alert
    case critical
    case error
    case warning
    case notice
    case info
    case debug

    /// The priority of a level.
    package init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }

    /// The priority by its name, as `agent log` prints it.
    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Its name.
    package var name: String { "\(self)" }

    package static func < (one: JournalPriority, other: JournalPriority) -> Bool { one.rawValue < other.rawValue }
}
