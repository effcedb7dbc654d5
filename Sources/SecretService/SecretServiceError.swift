// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import MessageBus

/// Why the Secret Service did not do what was asked.
package struct SecretServiceError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    package struct Code: Hashable, Sendable {
        private enum Kind { case unreachable, locked, dismissed, timedOut, refused }
        private let kind: Kind

        /// There is no session bus, or no Secret Service on it.
        package static let unreachable = Code(kind: .unreachable)
        /// The keyring is locked, and nobody can be asked to unlock it.
        package static let locked = Code(kind: .locked)
        /// The person closed the keyring's own prompt.
        package static let dismissed = Code(kind: .dismissed)
        /// Nobody answered the keyring's own prompt, or the service did not answer.
        package static let timedOut = Code(kind: .timedOut)
        /// The service answered with an error, or with what is not of its protocol.
        package static let refused = Code(kind: .refused)
    }

    /// What kind of failure it is.
    package var code: Code
    /// What happened and what to do, for a person; one line, without secrets.
    package var message: String

    /// A failure with its explanation.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension SecretServiceError: CustomStringConvertible {
    package var description: String { message }
}

extension SecretServiceError: BusFailure {
    package init(_ problem: BusProblem) {
        switch problem {
        case .noBus: self.init(.unreachable, "there is no session bus")
        case .noService: self.init(.unreachable, "there is no Secret Service on the session bus")
        case .noReply: self.init(.timedOut, "the Secret Service does not answer")
        case .refused(_, error: "org.freedesktop.Secret.Error.IsLocked"): self.init(.locked, "the keyring is locked")
        case .refused(let member, let error): self.init(.refused, "the Secret Service refused \(member): \(error)")
        case .malformed: self.init(.refused, "the Secret Service's message cannot be read")
        }
    }
}
