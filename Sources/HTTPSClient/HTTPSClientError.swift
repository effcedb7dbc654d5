// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why there is no answer of a server.
package struct HTTPSClientError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    package struct Code: Hashable, Sendable {
        private enum Kind { case invalidRequest, unreachable, timedOut, untrusted, tooLarge, broken, cancelled }
        private let kind: Kind

        /// The URL or a header cannot be used: not absolute, with a user, or plain HTTP to another machine.
        package static let invalidRequest = Code(kind: .invalidRequest)
        /// There is no such host, or nothing answers there.
        package static let unreachable = Code(kind: .unreachable)
        /// It took too long.
        package static let timedOut = Code(kind: .timedOut)
        /// The server's certificate or its TLS is not acceptable.
        package static let untrusted = Code(kind: .untrusted)
        /// The answer is larger than allowed.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The connection broke, or what came is not HTTP.
        package static let broken = Code(kind: .broken)
        /// The task was cancelled.
        package static let cancelled = Code(kind: .cancelled)
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

extension HTTPSClientError: CustomStringConvertible {
    package var description: String { message }
}
