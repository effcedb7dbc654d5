// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird

/// What apps and the browsers that they send here ask.
struct OpenIDRoutes: Sendable {
    let authorization: AuthorizationEndpoint
    let token: TokenEndpoint
    let userInfo: UserInfoEndpoint
    let logout: LogoutEndpoint
    let services: VerifierServices
    let discovery: DiscoveryDocument
    let address: @Sendable (Request, VerifierRequestContext) -> String

    /// How long clients may keep the discovery document and the keys.
    private static let caching = "public, max-age=300"

    func add(to router: Router<VerifierRequestContext>) {
        addMetadata(to: router)
        let authorization = authorization
        for method in [HTTPRequest.Method.get, .post] {
            router.on("/oauth2/v1/authorize", method: method) { request, context in
                let parameters = try await RequestReader.parameters(request, context)
                return try await authorization.authorize(parameters, request, address: address(request, context))
            }
            router.on("/oauth2/v1/logout", method: method) { request, context in
                let parameters = try await RequestReader.parameters(request, context)
                return try await logout.logout(parameters, request, address: address(request, context))
            }
            router.on("/oauth2/v1/userinfo", method: method) { request, _ in
                try Response.json(try await userInfo.userInfo(authorization: request.headers[.authorization]))
            }
        }
        router.get("/oauth2/v1/authorize/continue") { request, context in
            try await authorization.proceed(request, address: address(request, context))
        }
        router.get("/oauth2/v1/authorize/cancel") { request, context in
            try await authorization.abandon(request, address: address(request, context))
        }
        router.post("/oauth2/v1/token") { request, context in
            let form: FormParameters
            do { form = try await RequestReader.form(request, context) } catch let error as VerifierError
                where error.status < 413
            {
                throw OAuthError.invalidRequest("the form is broken")
            }
            let grant = try await token.exchange(
                form, authorization: request.headers[.authorization], address: address(request, context))
            var response = try Response.json(grant)
            response.headers[.pragma] = "no-cache"
            return response
        }
    }

    private func addMetadata(to router: Router<VerifierRequestContext>) {
        router.get("/.well-known/openid-configuration") { _, _ in
            var response = try Response.json(discovery)
            response.headers[.cacheControl] = Self.caching
            response.headers[.accessControlAllowOrigin] = "*"
            return response
        }
        router.get("/oauth2/v1/keys") { _, _ in
            var response = try Response.json(try await services.tokenKeys.jwkSet())
            response.headers[.cacheControl] = Self.caching
            response.headers[.accessControlAllowOrigin] = "*"
            return response
        }
    }
}
