// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import Languages
internal import WireProtocol

/// The account page, and what it asks.
struct AccountRoutes: Sendable {
    /// Where the page is.
    static let path = "/account"

    let account: AccountService
    let authorization: AuthorizationEndpoint
    let client: RegisteredClient
    let address: @Sendable (Request, VerifierRequestContext) -> String
    let origin: Origin

    private struct Nothing: Decodable {}
    private struct Rename: Decodable {
        var id: String
        var name: String
    }
    private struct Removal: Decodable {
        var id: String
        var acceptsLockout: Bool?
    }
    private struct KeyChoice: Decodable {
        var id: String
        var key: String
    }
    private struct Done: Encodable { var done = true }
    private struct Code: Encodable { var code: String }

    func add(to router: Router<VerifierRequestContext>) {
        router.get(RouterPath(Self.path)) { request, context in
            if try await authorization.accountSession(of: request) != nil {
                let preference = LanguagePreference(acceptLanguage: request.headers[.acceptLanguage])
                return Response.page(
                    SignInPageAsset.accountPage(organization: self.account.organization, language: preference.language),
                    policy: .account)
            }
            guard request.uri.query?.contains("refused") != true else {
                throw PageError(
                    .forbidden, PageText("You did not sign in"), PageText("Nothing was changed."),
                    PageText("Go to {0} to try again.", "\(origin)\(Self.path)"))
            }
            return try await authorization.beginAccount(
                client, change: nil, request, address: address(request, context))
        }
        router.get(RouterPath(Self.path + "/verify")) { request, context in
            let name = FormParameters(request.uri.query ?? "")?["operation"]
            guard let operation = name.flatMap(AccountChange.Operation.init) else { throw HTTPError(.notFound) }
            return try await authorization.beginAccount(
                client, change: AccountChange(operation), request, address: address(request, context))
        }
        let group = router.group(RouterPath(Self.path + "/api")).add(middleware: PageRequestGuard(origin: origin))
        let account = account
        post(group, "view", Nothing.self) { _, session, address in try await account.view(session, address: address) }
        post(group, "rename", Rename.self) { body, session, address in
            try await account.rename(body.id, to: body.name, session, address: address)
            return Done()
        }
        post(group, "remove", Removal.self) { body, session, address in
            try await account.remove(
                body.id, acceptsLockout: body.acceptsLockout == true, session, address: address)
            return Done()
        }
        post(group, "remove-key", KeyChoice.self) { body, session, address in
            try await account.removeKey(body.key, of: body.id, session, address: address)
            return Done()
        }
        post(group, "code", Nothing.self) { _, session, address in
            Code(code: try await account.makeCode(session, address: address))
        }
    }

    private func post<Body: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ group: RouterGroup<VerifierRequestContext>, _ path: RouterPath, _ type: Body.Type,
        _ act: @escaping @Sendable (Body, Session, _ address: String) async throws -> Answer
    ) {
        group.post(path) { request, context in
            let body = try await RequestReader.json(type, request, context)
            guard let session = try await authorization.accountSession(of: request) else {
                throw AccountService.signedOut
            }
            return try Response.json(try await act(body, session, address(request, context)))
        }
    }
}

extension AuthorizationEndpoint {
    /// Begins a sign-in to the account page, or one that proves what a change of the account needs.
    ///
    /// A proof for a change is of the person whose session the browser has.
    func beginAccount(
        _ client: RegisteredClient, change: AccountChange?, _ request: Request, address: String
    ) async throws -> Response {
        guard let redirect = client.redirectURIs.first, let form = FormParameters("response_type=code&scope=openid")
        else { throw HTTPError(.internalServerError) }
        var asked = try AuthorizationRequest(form, client: client, redirectURI: redirect.description)
        let session = try await session(of: request)
        if let id = session?.identity.userID { asked.loginHint = try await services.users.find(id: id)?.username }
        return try await begin(
            asked, client, hintedUserID: session?.identity.userID, change: change, request, address: address)
    }
}
