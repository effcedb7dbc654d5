// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A token as it is presented: its id, a full stop and its secret, `00T….…`.
///
/// The id finds the record; the secret, 256 random bits, is compared as a hash and in constant time. So no time that a look-up takes
/// tells anything of a secret, and what the store holds opens nothing.
struct APITokenText: Sendable {
    /// The token's id.
    let id: String
    /// base64url SHA-256 of the secret.
    let secretHash: String
    /// The whole token. Told once, never stored or logged.
    let text: String

    /// A new token.
    init() throws {
        let secret = try SecretToken()
        id = try SecureRandom.identifier(prefix: "00T")
        secretHash = secret.hash
        text = "\(id).\(secret.text)"
    }

    /// The token that was presented, or `nil` where it cannot be one.
    init?(presented: String) {
        guard presented.utf8.count == 25 + 1 + 43 else { return nil }
        let parts = presented.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 25, let hash = SecretToken.hash(of: String(parts[1])) else {
            return nil
        }
        id = String(parts[0])
        secretHash = hash
        text = presented
    }
}
