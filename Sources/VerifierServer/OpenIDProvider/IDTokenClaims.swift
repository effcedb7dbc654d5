// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The claims of an ID token (OIDC Core §2).
package struct IDTokenClaims: Hashable, Sendable, Codable {
    package var issuer: String
    package var subject: String
    package var audience: String
    package var expiresAt: Int64
    package var issuedAt: Int64
    package var authenticatedAt: Int64
    package var nonce: String?
    package var contextClass: String?
    package var methods: [String]
    package var authorizedParty: String
    package var accessTokenHash: String?
    package var sessionID: String?
    package var name: String?
    package var preferredUsername: String?

    /// How long an ID token counts, in seconds.
    package static let lifetime: Int64 = 600

    private enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case subject = "sub"
        case audience = "aud"
        case expiresAt = "exp"
        case issuedAt = "iat"
        case authenticatedAt = "auth_time"
        case nonce
        case contextClass = "acr"
        case methods = "amr"
        case authorizedParty = "azp"
        case accessTokenHash = "at_hash"
        case sessionID = "sid"
        case name
        case preferredUsername = "preferred_username"
    }

    /// The left half of an access token's SHA-256 (OIDC Core §3.1.3.6); both algorithms here hash with SHA-256.
    package static func accessTokenHash(_ token: String) -> String {
        Base64URL.encode(SHA256.hash(Array(token.utf8)).prefix(16))
    }
}
