// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a pinentry gave no usable answer.
package struct PinentryError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    package struct Code: Hashable, Sendable {
        private enum Kind { case cancelled, timedOut, unavailable, protocolViolation }
        private let kind: Kind

        /// The person gave up, closed the window, or our own task was cancelled.
        package static let cancelled = Code(kind: .cancelled)
        /// Nobody answered in time.
        package static let timedOut = Code(kind: .timedOut)
        /// No pinentry could be started, or it could not show anything here.
        package static let unavailable = Code(kind: .unavailable)
        /// The program does not speak the Assuan protocol as a pinentry does.
        package static let protocolViolation = Code(kind: .protocolViolation)
    }

    /// What kind of failure it is.
    package var code: Code
    /// What happened, for a person; one line, without secrets.
    package var message: String

    /// A failure with its explanation.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension PinentryError: CustomStringConvertible {
    package var description: String { message }
}
