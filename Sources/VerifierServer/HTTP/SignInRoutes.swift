// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

/// The sign-in page, and what it asks.
struct SignInRoutes: Sendable {
    let services: VerifierServices
    let cookies: BrowserCookies
    let address: @Sendable (Request, VerifierRequestContext) -> String
    let answerer: SignInAnswerer
    let origin: Origin
    let ports: [Int]

    private struct Nothing: Decodable {}
    private struct Identify: Decodable { var identifier: String }
    private struct Cancel: Decodable {
        var reason: String
        var statusCode: Int?
    }
    private struct Code: Decodable { var code: String }

    /// The reasons of the Sign-In Widget by which a page gives up.
    private static let reasons: Set = ["OV_UNREACHABLE_BY_LOOPBACK", "OV_RETURNED_ERROR", "USER_CANCELED"]

    func add(to router: Router<VerifierRequestContext>) {
        let html = SignInPageAsset.page(organization: answerer.organization)
        router.get("/signin") { _, _ in page(html) }
        router.get("/signin/assets/:name") { request, context in
            guard let asset = SignInPageAsset.all[try context.parameters.require("name")] else {
                throw HTTPError(.notFound)
            }
            return asset.response(to: request)
        }
        let signIn = services.signIn
        let group = router.group("/idp/idx").add(middleware: PageRequestGuard(origin: origin))
        post(group, "introspect", Nothing.self) { _, handle, _ in try await signIn.view(stateHandle: handle) }
        post(group, "identify", Identify.self) { body, handle, address in
            guard (1...256).contains(body.identifier.utf8.count) else {
                throw VerifierError(400, .validation, "Type your name, at most 256 bytes.")
            }
            return try await signIn.identify(stateHandle: handle, username: body.identifier, address: address)
        }
        post(group, "authenticators/poll", Nothing.self) { _, handle, _ in try await signIn.view(stateHandle: handle) }
        post(group, "authenticators/poll/cancel", Cancel.self) { body, handle, _ in
            guard Self.reasons.contains(body.reason), (0...999).contains(body.statusCode ?? 0) else {
                throw VerifierError(400, .validation, "The reason is none of this interface's.")
            }
            return try await signIn.cancel(stateHandle: handle, reason: body.reason, statusCode: body.statusCode)
        }
        post(group, "challenge/retry", Nothing.self) { _, handle, address in
            try await signIn.retry(stateHandle: handle, address: address)
        }
        post(group, "challenge/link", Nothing.self) { _, handle, address in
            try await signIn.link(stateHandle: handle, address: address)
        }
        post(group, "challenge/recheck", Nothing.self) { _, handle, address in
            try await signIn.recheck(stateHandle: handle, address: address)
        }
        post(group, "challenge/code", Code.self) { body, handle, address in
            guard (1...128).contains(body.code.utf8.count) else {
                throw VerifierError(400, .validation, "Type the code that your administrator gave you.")
            }
            return try await signIn.redeem(stateHandle: handle, code: body.code, address: address)
        }
        post(group, "skip", Nothing.self) { _, handle, _ in try await signIn.skip(stateHandle: handle) }
    }

    private func page(_ html: String) -> Response {
        var response = Response.page(html, policy: .signIn(ports: ports))
        response.headers[.permissionsPolicy] = "loopback-network=(self), local-network-access=(self)"
        return response
    }

    private func post<Body: Decodable & Sendable>(
        _ group: RouterGroup<VerifierRequestContext>, _ path: RouterPath, _ type: Body.Type,
        _ act: @escaping @Sendable (Body, _ stateHandle: String, _ address: String) async throws -> SignInStanding
    ) {
        group.post(path) { request, context in
            let body = try await RequestReader.json(type, request, context)
            guard let handle = cookies.transaction(request) else { throw TransactionalSignIn.over }
            let standing = try await act(body, handle, address(request, context))
            return try Response.json(
                answerer.answer(
                    standing, name: SignInName(of: handle), now: services.clock.now(),
                    acceptLanguage: request.headers[.acceptLanguage]))
        }
    }
}
