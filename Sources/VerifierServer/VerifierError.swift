// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// A refusal of the verifier, as the caller is told.
package struct VerifierError: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// The stable code.
    package var code: ErrorCode
    /// What happened and what to do, for a person; no secrets.
    package var summary: String
    /// For how many seconds the caller should wait, where that helps.
    package var retryAfter: Int?

    /// A refusal.
    package init(_ status: Int, _ code: ErrorCode, _ summary: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.summary = summary
        self.retryAfter = retryAfter
    }
}
