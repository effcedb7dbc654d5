// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A client's secret, kept as its digest and compared in constant time.
package struct ClientSecret: Hashable, Sendable {
    private let digest: [UInt8]

    /// The fewest bytes a secret may have.
    package static let minimumLength = 16

    /// The secret of this text.
    package init(_ text: String) { digest = SHA256.hash(Array(text.utf8)) }

    /// Whether a text is the secret.
    package func matches(_ text: String) -> Bool { ConstantTime.equal(digest, SHA256.hash(Array(text.utf8))) }
}

extension ClientSecret: CustomStringConvertible {
    package var description: String { "(secret)" }
}
