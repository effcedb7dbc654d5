// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Proof Key for Code Exchange (RFC 7636), S256 only.
package enum PKCE {
    /// Whether a text can be a code challenge: a SHA-256 in base64url.
    package static func isChallenge(_ text: String) -> Bool {
        text.utf8.count == 43 && (try? Base64URL.decode(text))?.count == 32
    }

    /// Whether a verifier is the one that the challenge was made of.
    package static func verifies(_ verifier: String, challenge: String) -> Bool {
        guard (43...128).contains(verifier.utf8.count), verifier.utf8.allSatisfy(isUnreserved) else { return false }
        return ConstantTime.equal(SHA256.base64URL(of: verifier), challenge)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 126: true
        default: false
        }
    }
}
