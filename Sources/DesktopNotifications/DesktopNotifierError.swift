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

extension DesktopNotifierError: CustomStringConvertible {
    package var description: String {
        switch problem {
        case .noBus: "there is no session bus"
        case .noService: "no desktop shows notifications"
        case .noReply: "the desktop's notifications do not answer"
        case .refused(let member, let error): "the desktop's notifications refused \(member): \(error)"
        case .malformed: "the desktop's notifications answered with what does not belong there"
        }
    }
}
