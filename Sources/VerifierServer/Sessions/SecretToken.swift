// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A secret that a browser or client holds, and under whose hash the store knows it.
package struct SecretToken: Sendable {
    /// The secret: 256 random bits as 43 letters of base64url. Told once, never stored or logged.
    package let text: String
    /// base64url SHA-256 of ``text``.
    package let hash: String

    /// A new secret.
    package init() throws {
        text = Base64URL.encode(try SecureRandom.bytes(32))
        hash = SHA256.base64URL(of: text)
    }

    /// The hash of a token as it was presented, or `nil` where it cannot be one of ours.
    package static func hash(of presented: String) -> String? {
        guard presented.utf8.count == 43 else { return nil }
        return SHA256.base64URL(of: presented)
    }
}
