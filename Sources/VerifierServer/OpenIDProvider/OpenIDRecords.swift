// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A code on its way from the browser to the token endpoint; kept for a while after its use, so that a second use is noticed.
package struct AuthorizationCode: StoredRecord, Hashable {
    package static let collection = "authorization_codes"

    /// The digest of the code.
    package let id: String
    /// What the app asked.
    package let request: AuthorizationRequest
    /// Who signed in, and how.
    package let identity: AuthenticatedIdentity
    /// The session that the sign-in belongs to; none for an agent's.
    package let sessionID: String?
    /// Until when it may be exchanged, in seconds since 1970.
    package let endsAt: Int64
    /// Whether it was exchanged.
    package var isUsed = false
    /// The digest of the access token that it was exchanged for.
    package var accessTokenID: String?

    package var expiresAt: Int64? { endsAt + AccessTokenLifetime.app }

    /// How long a code may be exchanged, in seconds.
    package static let lifetime: Int64 = 60
}

/// The name of a client's assertion that was used, so that it is used once.
package struct UsedClientAssertion: StoredRecord, Hashable {
    package static let collection = "used_client_assertions"

    /// The digest of the client's id and the assertion's `jti`.
    package let id: String
    /// When it may be forgotten, in seconds since 1970.
    package let endsAt: Int64

    package var expiresAt: Int64? { endsAt }

    /// The id of an assertion.
    package static func id(clientID: String, tokenID: String) -> String {
        SHA256.base64URL(of: "\(clientID) \(tokenID)")
    }
}

/// How long access tokens count, in seconds.
package enum AccessTokenLifetime {
    /// An app's, which reads who signed in.
    package static let app: Int64 = 3600
    /// An agent's, which enrols one device.
    package static let agent: Int64 = 600
}
