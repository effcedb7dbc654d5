// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An error of the authorization endpoint that the app is told by a redirect (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6).
package struct AuthorizationError: Error, Hashable, Sendable {
    /// The error's name on the wire.
    package enum Code: String, Hashable, Sendable {
        case invalidRequest = "invalid_request"
        case unauthorizedClient = "unauthorized_client"
        case accessDenied = "access_denied"
        case unsupportedResponseType = "unsupported_response_type"
        case invalidScope = "invalid_scope"
        case serverError = "server_error"
        case temporarilyUnavailable = "temporarily_unavailable"
        case loginRequired = "login_required"
        case interactionRequired = "interaction_required"
        case requestNotSupported = "request_not_supported"
        case requestURINotSupported = "request_uri_not_supported"
        case registrationNotSupported = "registration_not_supported"
    }

    /// Which.
    package var code: Code
    /// What happened, for the app's developer, in ASCII.
    package var description: String

    /// An error.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// A request whose client or redirect URI is not to be trusted: the person is told here, and sent nowhere (RFC 6749 §4.1.2.1).
package struct UntrustedAuthorizationRequest: Error, Hashable, Sendable {
    /// What is wrong, for the person and the app's developer.
    package var summary: String

    /// A request that is answered here.
    package init(_ summary: String) { self.summary = summary }
}
