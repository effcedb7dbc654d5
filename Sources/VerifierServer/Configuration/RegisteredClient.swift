// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography
package import WireProtocol

/// An app that signs people in here.
package struct RegisteredClient: Hashable, Sendable {
    /// How a client proves at the token endpoint that it is itself (OIDC Core §9).
    package enum Authentication: String, Hashable, Sendable, CaseIterable {
        /// Its id and secret in the Authorization header.
        case clientSecretBasic = "client_secret_basic"
        /// Its id and secret in the form.
        case clientSecretPost = "client_secret_post"
        /// A JWT signed with its key.
        case privateKeyJWT = "private_key_jwt"
        /// Not at all: a public client, which must use PKCE.
        case none
    }

    /// The client's id.
    package var id: String
    /// What people call the app.
    package var name: String
    /// How it authenticates.
    package var authentication: Authentication
    /// Its secret, for the two ways that need one.
    package var secret: ClientSecret?
    /// Its public keys, for `private_key_jwt`.
    package var keys: JWKSet?
    /// The algorithms that those keys may have.
    static let keyAlgorithms: [SignatureAlgorithm] = [.rs256, .es256]
    /// Where it may be sent back to.
    package var redirectURIs: [RedirectURI]
    /// Where it may be sent back to after a sign-out.
    package var postLogoutRedirectURIs: [RedirectURI]
    /// The algorithm of its ID tokens.
    package var idTokenAlgorithm: SignatureAlgorithm
    /// Whether its people are to be verified.
    package var userVerification: UserVerificationRequirement
    /// Whether its people are to be asked.
    package var userMediation: UserMediation
    /// What protection the key needs that signs its people in.
    package var keyProtection: KeyProtection
    /// Whether the policy of device assurance guards it.
    package var requiresAssurance: Bool
    /// What comes of a device that does not meet it.
    package var assuranceMode = AssuranceMode.warnThenBlock
    /// The id of the access policy that decides its sign-ins, in place of what guards every app; `nil` for none.
    package var accessPolicy: String?
    /// What it may ask for of the management API, for administrators who sign in to it.
    package var scopes: [APIScope] = []
    /// What it may have of the management API for itself.
    package var serviceScopes: [APIScope] = []
    /// Whether it is the agents' own client: enrolment codes open it, and it needs no `openid` scope.
    package var isAgent: Bool
    /// Whether it is the account page of this verifier's own, which gets no codes.
    package var isAccountPage = false

    /// Whether it has nothing to authenticate with, and so must use PKCE (RFC 9700 §2.1.1).
    package var isPublic: Bool { authentication == .none }

    /// Whether a request may send the browser to a URI: one that was registered, to the letter.
    ///
    /// The agents' own client listens on a port of the moment on 127.0.0.1 or ::1 (RFC 8252 §7.3).
    package func accepts(redirectURI: String) -> Bool {
        if isAgent { return Self.isAgentRedirect(redirectURI) }
        return redirectURIs.contains { $0.description == redirectURI }
    }

    /// The client under which agents sign people in to enrol a device.
    package static let agent = RegisteredClient(
        id: AuthenticatorConfiguration.agentClientID, name: "Device enrolment", authentication: .none, secret: nil,
        keys: nil,
        redirectURIs: [], postLogoutRedirectURIs: [], idTokenAlgorithm: .rs256, userVerification: .preferred,
        userMediation: .required, keyProtection: .any, requiresAssurance: false, isAgent: true)

    /// The id of the account page.
    package static let accountPageID = "countersign-account"

    /// The client under which people sign in to the account page of an issuer. It has no secret and cannot exchange anything.
    ///
    /// - Parameter mode: what comes of a device that is not compliant, as at apps that do not say.
    package static func accountPage(
        issuer: String, like settings: VerifierConfiguration.SignIn, mode: AssuranceMode
    ) -> RegisteredClient {
        var client = RegisteredClient(
            id: accountPageID, name: "Your account", authentication: .clientSecretBasic, secret: nil, keys: nil,
            redirectURIs: RedirectURI(issuer + AccountRoutes.path).map { [$0] } ?? [], postLogoutRedirectURIs: [],
            idTokenAlgorithm: .rs256, userVerification: settings.userVerification,
            userMediation: settings.userMediation, keyProtection: settings.keyProtection, requiresAssurance: false,
            isAgent: false, isAccountPage: true)
        client.assuranceMode = mode
        return client
    }

    private static func isAgentRedirect(_ uri: String) -> Bool {
        for prefix in ["http://127.0.0.1:", "http://[::1]:"] where uri.hasPrefix(prefix) {
            let rest = uri.dropFirst(prefix.count)
            let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
            guard let port = Int(digits), (1...65535).contains(port), digits.first != "0" else { return false }
            return rest.dropFirst(digits.count) == "/login/callback"
        }
        return false
    }
}
