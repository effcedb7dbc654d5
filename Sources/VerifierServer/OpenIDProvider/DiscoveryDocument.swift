// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Languages
package import WireProtocol

/// What `/.well-known/openid-configuration` says (OpenID Connect Discovery 1.0 §3).
package struct DiscoveryDocument: Hashable, Sendable, Encodable {
    private var issuer: String
    private var authorizationEndpoint: String
    private var tokenEndpoint: String
    private var userinfoEndpoint: String
    private var jwksURI: String
    private var endSessionEndpoint: String
    private let responseTypesSupported = ["code"]
    private let responseModesSupported = ["query"]
    private let grantTypesSupported = ["authorization_code", "client_credentials"]
    private let subjectTypesSupported = ["public"]
    private let idTokenSigningAlgValuesSupported = TokenKeyring.algorithms.map(\.rawValue)
    private let scopesSupported =
        AuthorizationRequest.scopes + APIScope.forAccessTokens.map(\.description)
    private let claimsSupported = [
        "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid", "name",
        "preferred_username",
    ]
    private let promptValuesSupported = ["none", "login", "consent", "select_account"]
    private let acrValuesSupported = AuthorizationRequest.contextClasses
    private let uiLocalesSupported = Language.allCases.map(\.rawValue)
    private let tokenEndpointAuthMethodsSupported = RegisteredClient.Authentication.allCases.map(\.rawValue)
    private let tokenEndpointAuthSigningAlgValuesSupported = RegisteredClient.keyAlgorithms.map(\.rawValue)
    private let codeChallengeMethodsSupported = ["S256"]
    private let authorizationResponseIssParameterSupported = true
    private let requestParameterSupported = false
    private let requestURIParameterSupported = false
    private let claimsParameterSupported = false

    /// The document of an issuer.
    package init(issuer: Origin) {
        let base = issuer.description
        self.issuer = base
        authorizationEndpoint = base + "/oauth2/v1/authorize"
        tokenEndpoint = base + "/oauth2/v1/token"
        userinfoEndpoint = base + "/oauth2/v1/userinfo"
        jwksURI = base + "/oauth2/v1/keys"
        endSessionEndpoint = base + "/oauth2/v1/logout"
    }

    private enum CodingKeys: String, CodingKey {
        case issuer
        case authorizationEndpoint = "authorization_endpoint"
        case tokenEndpoint = "token_endpoint"
        case userinfoEndpoint = "userinfo_endpoint"
        case jwksURI = "jwks_uri"
        case endSessionEndpoint = "end_session_endpoint"
        case responseTypesSupported = "response_types_supported"
        case responseModesSupported = "response_modes_supported"
        case grantTypesSupported = "grant_types_supported"
        case subjectTypesSupported = "subject_types_supported"
        case idTokenSigningAlgValuesSupported = "id_token_signing_alg_values_supported"
        case scopesSupported = "scopes_supported"
        case claimsSupported = "claims_supported"
        case promptValuesSupported = "prompt_values_supported"
        case acrValuesSupported = "acr_values_supported"
        case uiLocalesSupported = "ui_locales_supported"
        case tokenEndpointAuthMethodsSupported = "token_endpoint_auth_methods_supported"
        case tokenEndpointAuthSigningAlgValuesSupported = "token_endpoint_auth_signing_alg_values_supported"
        case codeChallengeMethodsSupported = "code_challenge_methods_supported"
        case authorizationResponseIssParameterSupported = "authorization_response_iss_parameter_supported"
        case requestParameterSupported = "request_parameter_supported"
        case requestURIParameterSupported = "request_uri_parameter_supported"
        case claimsParameterSupported = "claims_parameter_supported"
    }
}
