// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Hummingbird

/// What the browser carries back to the app (RFC 6749 §4.1.2, RFC 9207).
package struct AuthorizationResponse: Hashable, Sendable {
    private var redirectURI: String
    private var state: String?
    private var issuer: String
    private var result: Result<String, AuthorizationError>

    /// A code.
    package init(code: String, to request: AuthorizationRequest, issuer: String) {
        redirectURI = request.redirectURI
        state = request.state
        self.issuer = issuer
        result = .success(code)
    }

    /// An error.
    package init(error: AuthorizationError, redirectURI: String, state: String?, issuer: String) {
        self.redirectURI = redirectURI
        self.state = state
        self.issuer = issuer
        result = .failure(error)
    }

    /// Where the browser is sent.
    package var location: String {
        var parameters: [(name: String, value: String?)]
        switch result {
        case .success(let code): parameters = [("code", code)]
        case .failure(let error):
            parameters = [("error", error.code.rawValue), ("error_description", error.description)]
        }
        parameters += [("state", state), ("iss", issuer)]
        return FormParameters.append(parameters, to: redirectURI)
    }

    /// The answer that sends it there. 303, so that a form is not posted on (RFC 9700 §4.12).
    package var response: Response { .redirect(to: location, type: .normal) }
}
