// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

extension AuthorizationEndpoint {
    /// Goes on after a sign-in that succeeded: makes the session, and sends the browser to the app with a code.
    func proceed(_ request: Request, address: String) async throws -> Response {
        guard let stateHandle = cookies.transaction(request) else { throw Self.over }
        let code = try SecretToken()
        let session = try SecretToken()
        let former = cookies.session(request)
        let conclusion: Conclusion
        do {
            conclusion = try await services.store.write(
                telling: services.audit, { Self.events(of: $0, address: address) }
            ) { try conclude(stateHandle, code: code, session: session, former: former, in: $0) }
        } catch is VerifierError {
            throw Self.over
        }
        switch conclusion {
        case .refused(let asked, let client, let error):
            return await refuse(asked, client, error, stateHandle: stateHandle, address: address)
        case .granted(let asked, let client, _, _):
            var response =
                client.isAccountPage
                ? Response.redirect(to: AccountRoutes.path, type: .normal)
                : AuthorizationResponse(code: code.text, to: asked, issuer: issuer.description).response
            cookies.clearTransaction(stateHandle, on: &response)
            if !client.isAgent { cookies.setSession(session.text, on: &response) }
            return response
        }
    }

    /// Gives a sign-in up, and tells the app.
    func abandon(_ request: Request, address: String) async throws -> Response {
        guard let stateHandle = cookies.transaction(request) else { throw Self.over }
        let signIn = services.signIn
        let asked: AuthorizationRequest
        do {
            asked = try await services.store.write {
                try signIn.abandon(stateHandle: stateHandle, in: $0).authorization
            }
        } catch is VerifierError {
            throw Self.over
        }
        return await refuse(
            asked, try recipient(of: asked), AuthorizationError(.accessDenied, "the person did not sign in"),
            stateHandle: stateHandle, address: address)
    }

    /// What became of a sign-in that succeeded.
    private enum Conclusion: Sendable {
        /// A code for the app, and a session; the session that it takes the place of.
        case granted(AuthorizationRequest, RegisteredClient, AuthenticatedIdentity, former: Session?)
        /// The app gets an error.
        case refused(AuthorizationRequest, RegisteredClient, AuthorizationError)
    }

    /// What the log tells of a conclusion; of a refusal the app is told, and the log with it.
    private static func events(of conclusion: Conclusion, address: String) -> [AuditEvent] {
        guard case .granted(_, let client, let identity, let former) = conclusion else { return [] }
        let authorized = event(.success, client: client, address: address, userID: identity.userID)
        guard !client.isAgent else { return [authorized] }
        let ended = former.map { SessionService.endEvent(of: $0, address: address) }
        return [SessionService.startEvent(of: identity, address: address), authorized] + (ended.map { [$0] } ?? [])
    }

    /// Ends the sign-in and writes down what comes of it, in one transaction.
    ///
    /// A refusal is an outcome and no error, so that the sign-in's end is committed.
    private func conclude(
        _ stateHandle: String, code: SecretToken, session: SecretToken, former: String?, in writer: any StoreWriter
    ) throws -> Conclusion {
        let (request, identity) = try services.signIn.finish(stateHandle: stateHandle, in: writer)
        let asked = request.authorization
        let client = try recipient(of: asked)
        if let error = try refusal(of: identity, for: request, client, in: writer) {
            return .refused(asked, client, error)
        }
        let codeEnd = services.clock.now() + AuthorizationCode.lifetime
        var replaced: Session?
        // An agent's sign-in leaves no session behind: it enrols a device, and opens no app.
        if !client.isAgent {
            // Another tab's code may be on its way: what it rests on lasts as long as that.
            replaced = try former.flatMap { try services.sessions.shorten(token: $0, to: codeEnd, in: writer) }
            // What guards every app judged this device only where the app has no policy of its own.
            try services.sessions.insert(
                session, identity: identity.remembering(replaced?.identity), isAssured: request.requiresAssurance,
                grant: AccountGrant(request.change, of: identity, at: services.clock.now()), in: writer)
        }
        if client.isAccountPage { return .granted(asked, client, identity, former: replaced) }
        try writer.insert(
            AuthorizationCode(
                id: code.hash, request: asked, identity: identity, sessionID: client.isAgent ? nil : session.hash,
                endsAt: codeEnd))
        return .granted(asked, client, identity, former: replaced)
    }

    /// Why the app gets no code although the person signed in.
    private func refusal(
        of identity: AuthenticatedIdentity, for request: SignInRequest, _ client: RegisteredClient,
        in reader: any StoreReader
    ) throws -> AuthorizationError? {
        // Without a context it was a code, or a link, which was made for an app that takes it.
        let isByLink = identity.isByLink && request.servesLinks
        guard identity.contextClass != nil || client.isAgent || isByLink else {
            return AuthorizationError(.accessDenied, "a one-time code opens no app")
        }
        guard request.hintedUserID == nil || request.hintedUserID == identity.userID else {
            return AuthorizationError(.loginRequired, "another person than that of id_token_hint signed in")
        }
        return try Self.lackOfRights(request.authorization, of: identity, in: reader)
    }

    /// The client that asked, where it may still be answered: the configuration may have changed since.
    private func recipient(of asked: AuthorizationRequest) throws(PageError) -> RegisteredClient {
        guard let client = registry.client(asked.clientID), client.accepts(redirectURI: asked.redirectURI) else {
            throw Self.over
        }
        return client
    }

    private func refuse(
        _ asked: AuthorizationRequest, _ client: RegisteredClient, _ error: AuthorizationError, stateHandle: String,
        address: String
    ) async -> Response {
        await record(.failure(error.code.rawValue), client: client, address: address)
        var response = AuthorizationResponse(
            error: error, redirectURI: asked.redirectURI, state: asked.state, issuer: issuer.description
        ).response
        if client.isAccountPage {
            response = Response.redirect(to: "\(AccountRoutes.path)?refused=1", type: .normal)
        }
        cookies.clearTransaction(stateHandle, on: &response)
        return response
    }

    private static let over = PageError(
        .badRequest, PageText("This sign-in is over"),
        PageText("It was finished, took too long, or was replaced by a newer one."),
        PageText("Go back to the app that you came from, and start again."))
}
