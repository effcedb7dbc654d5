// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The claims of an ID token (OIDC Core §2).
package struct IDTokenClaims: Hashable, Sendable, Codable {
    /// The provider (`iss`).
    package var issuer: String
    /// The person (`sub`).
    package var subject: String
    /// The client (`aud`).
    package var audience: String
    /// Until when it counts (`exp`), in seconds since 1970.
    package var expiresAt: Int64
    /// When it was made (`iat`).
    package var issuedAt: Int64
    /// When the person signed in (`auth_time`).
    package var authenticatedAt: Int64
    /// What the app sent to be repeated.
    package var nonce: String?
    /// The authentication context (`acr`).
    package var contextClass: String?
    /// How the person signed in (`amr`, RFC 8176).
    package var methods: [String]
    /// The client again (`azp`).
    package var authorizedParty: String
    /// The access token's half digest (`at_hash`).
    package var accessTokenHash: String?
    /// The session (`sid`).
    package var sessionID: String?
    /// The person's name for others, with the scope `profile`.
    package var name: String?
    /// The name that the person types, with the scope `profile`.
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
