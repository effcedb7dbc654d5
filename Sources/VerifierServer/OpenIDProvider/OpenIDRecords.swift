// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// An authorization request that waits for its person to sign in, found by the browser's state handle.
package struct PendingAuthorization: StoredRecord, Hashable {
    package static let collection = "pending_authorizations"

    /// The digest of the state handle.
    package let id: String
    /// What the app asked.
    package let request: AuthorizationRequest
    /// Whose ID token the app sent as a hint, if it did.
    package let hintedUserID: String?
    /// Until when the app's request counts, in seconds since 1970.
    package let endsAt: Int64

    package var expiresAt: Int64? { endsAt }

    /// How long a person may take, in seconds.
    package static let lifetime: Int64 = 3600

    /// The id under which a state handle's request is kept.
    package static func id(of stateHandle: String) -> String { SHA256.base64URL(of: stateHandle) }
}

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

/// What a session was made under, so that it serves no app that asks for more.
package struct SessionScope: StoredRecord, Hashable {
    package static let collection = "session_scopes"

    /// The session's id.
    package let id: String
    /// Whether the policy of device assurance let the device in.
    package let isAssured: Bool
    /// When the session ends, in seconds since 1970.
    package let endsAt: Int64

    package var expiresAt: Int64? { endsAt }
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
