// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why an enrolment was not made or not removed.
package struct EnrollmentError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    package struct Code: Hashable, Sendable {
        private enum Kind { case invalidURL, unreachable, notAVerifier, refused, failed, cancelled, busy, keys, state }
        private let kind: Kind

        /// What was typed is no verifier's address.
        package static let invalidURL = Code(kind: .invalidURL)
        /// The verifier could not be reached.
        package static let unreachable = Code(kind: .unreachable)
        /// What answers there is not a verifier, or not this one.
        package static let notAVerifier = Code(kind: .notAVerifier)
        /// The verifier said no.
        package static let refused = Code(kind: .refused)
        /// The verifier failed: it may have done what it was asked for, or not.
        package static let failed = Code(kind: .failed)
        /// The person gave up, or did not sign in in time.
        package static let cancelled = Code(kind: .cancelled)
        /// Another enrolment is under way.
        package static let busy = Code(kind: .busy)
        /// No key could be made.
        package static let keys = Code(kind: .keys)
        /// The agent's own state cannot be used.
        package static let state = Code(kind: .state)
    }

    /// What kind of failure it is.
    package var code: Code
    /// What happened, for a person; one line, in lower case, without secrets.
    package var message: String
    /// What to do about it, where something can be done.
    package var hint: String?

    /// A failure with its explanation.
    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension EnrollmentError: CustomStringConvertible {
    package var description: String { message + (hint.map { "; \($0)" } ?? "") }
}
