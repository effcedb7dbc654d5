// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An error that the token or userinfo endpoint answers with (RFC 6749 §5.2, RFC 6750 §3.1).
package struct OAuthError: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// The error's name on the wire.
    package var code: String
    /// What happened, for the app's developer, in ASCII.
    package var description: String
    /// What `WWW-Authenticate` says, where it is to be sent.
    package var challenge: String?

    private init(_ status: Int, _ code: String, _ description: String, challenge: String? = nil) {
        self.status = status
        self.code = code
        self.description = description
        self.challenge = challenge
    }

    /// A parameter is missing, repeated or malformed.
    package static func invalidRequest(_ description: String) -> OAuthError {
        OAuthError(400, "invalid_request", description)
    }

    /// The client did not prove that it is itself.
    ///
    /// - Parameter challenged: whether it tried by the Authorization header, which is then challenged (RFC 6749 §5.2).
    package static func invalidClient(_ description: String, challenged: Bool) -> OAuthError {
        OAuthError(
            401, "invalid_client", description, challenge: challenged ? #"Basic realm="token", charset="UTF-8""# : nil)
    }

    /// The code does not count.
    package static func invalidGrant(_ description: String) -> OAuthError {
        OAuthError(400, "invalid_grant", description)
    }

    /// Another grant than the two that there are.
    package static let unsupportedGrantType = OAuthError(
        400, "unsupported_grant_type", "grant_type must be authorization_code or client_credentials")

    /// The client may not have tokens for itself.
    package static let unauthorizedClient = OAuthError(
        400, "unauthorized_client", "the client has no service_scopes, and so gets no token for itself")

    /// The client asks for nothing, or for what it may not have.
    package static let invalidScope = OAuthError(
        400, "invalid_scope", "scope must name some of the client's service_scopes, and nothing else")

    /// No access token was sent.
    package static let missingToken = OAuthError(
        401, "invalid_token", "an access token is missing", challenge: #"Bearer realm="userinfo""#)

    /// The access token does not count.
    package static let invalidToken = OAuthError(
        401, "invalid_token", "the access token is unknown, expired or revoked",
        challenge: #"Bearer realm="userinfo", error="invalid_token""#)

    /// The access token is good for something else.
    package static let insufficientScope = OAuthError(
        403, "insufficient_scope", "the access token lacks the scope openid",
        challenge: #"Bearer realm="userinfo", error="insufficient_scope", scope="openid""#)
}
