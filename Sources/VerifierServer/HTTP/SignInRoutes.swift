// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

/// The sign-in page, and what it asks.
struct SignInRoutes: Sendable {
    let services: VerifierServices
    let registry: ClientRegistry
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
        router.get("/signin") { _, _ in page() }
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
        post(group, "challenge/code", Code.self) { body, handle, address in
            guard (1...128).contains(body.code.utf8.count) else {
                throw VerifierError(400, .validation, "Type the code that your administrator gave you.")
            }
            return try await signIn.redeem(stateHandle: handle, code: body.code, address: address)
        }
        post(group, "skip", Nothing.self) { _, handle, _ in try await signIn.skip(stateHandle: handle) }
    }

    private func page() -> Response {
        var response = Response.page(
            SignInPageAsset.page(organization: answerer.organization), policy: .signIn(ports: ports))
        response.headers[.permissionsPolicy] = "loopback-network=(self), local-network-access=(self)"
        return response
    }

    private func post<Body: Decodable & Sendable>(
        _ group: RouterGroup<VerifierRequestContext>, _ path: RouterPath, _ type: Body.Type,
        _ act: @escaping @Sendable (Body, _ stateHandle: String, _ address: String) async throws -> SignInView
    ) {
        group.post(path) { request, context in
            let body = try await RequestReader.json(type, request, context)
            let (handle, pending) = try await pending(request)
            let view = try await act(body, handle, address(request, context))
            let client = registry.client(pending.request.clientID)
            return try Response.json(
                answerer.answer(view, pending: pending, appName: client?.name ?? "", now: services.clock.now()))
        }
    }

    private func pending(_ request: Request) async throws -> (stateHandle: String, PendingAuthorization) {
        guard let handle = cookies.transaction(request) else { throw Self.over }
        let id = PendingAuthorization.id(of: handle)
        let found = try await services.store.read { try $0.record(PendingAuthorization.self, id: id) }
        guard let found, services.clock.now() < found.endsAt else { throw Self.over }
        return (handle, found)
    }

    private static let over = VerifierError(
        410, .transactionOver, "This sign-in is over. Go back to the app that you came from, and start again.")
}
