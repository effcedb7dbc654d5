// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import MessageBus

/// Why a message was not shown.
package struct DesktopNotifierError: Error, Hashable, Sendable {
    /// What happened, for a log.
    package let problem: BusProblem
}

extension DesktopNotifierError: BusFailure {
    package init(_ problem: BusProblem) { self.problem = problem }
}
