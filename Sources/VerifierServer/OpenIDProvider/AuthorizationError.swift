// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An error of the authorization endpoint that the app is told by a redirect (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6).
package struct AuthorizationError: Error, Hashable, Sendable {
    /// The error's name on the wire.
    package enum Code: String, Hashable, Sendable {
        /// A parameter is missing, repeated or malformed.
        case invalidRequest = "invalid_request"
        /// The person or policy did not agree.
        case accessDenied = "access_denied"
        /// Another response type than `code`.
        case unsupportedResponseType = "unsupported_response_type"
        /// The scope `openid` is missing.
        case invalidScope = "invalid_scope"
        /// The person would have to sign in.
        case loginRequired = "login_required"
        /// A request object was sent.
        case requestNotSupported = "request_not_supported"
        /// A reference to a request object was sent.
        case requestURINotSupported = "request_uri_not_supported"
        /// A registration was sent.
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
