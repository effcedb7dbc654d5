// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

extension AuthorizationEndpoint {
    /// Goes on after a sign-in that succeeded: makes the session, and sends the browser to the app with a code.
    func proceed(_ request: Request, address: String) async throws -> Response {
        let (stateHandle, pending) = try await pending(request)
        guard let client = registry.client(pending.request.clientID),
            client.accepts(redirectURI: pending.request.redirectURI)
        else { throw Self.over }
        let identity: AuthenticatedIdentity
        do { identity = try await services.signIn.finish(stateHandle: stateHandle) } catch is VerifierError {
            throw Self.over
        }
        do {
            try check(identity, pending, client)
            return try await complete(pending, client, identity, request, address: address)
        } catch let error as AuthorizationError {
            return try await refuse(pending, client, error, address: address)
        } catch is VerifierError {
            // The user, the device or its enrolment was suspended or deleted in between.
            return try await refuse(
                pending, client, AuthorizationError(.accessDenied, "the account or device is not active"),
                address: address)
        }
    }

    /// Gives a sign-in up, and tells the app.
    func abandon(_ request: Request, address: String) async throws -> Response {
        let (stateHandle, pending) = try await pending(request)
        guard let client = registry.client(pending.request.clientID),
            client.accepts(redirectURI: pending.request.redirectURI)
        else { throw Self.over }
        _ = try? await services.signIn.cancel(stateHandle: stateHandle, reason: "USER_CANCELED", statusCode: nil)
        return try await refuse(
            pending, client, AuthorizationError(.accessDenied, "the person did not sign in"), address: address)
    }

    private func pending(_ request: Request) async throws -> (stateHandle: String, PendingAuthorization) {
        guard let stateHandle = cookies.transaction(request) else { throw Self.over }
        let id = PendingAuthorization.id(of: stateHandle)
        let found = try await services.store.read { try $0.record(PendingAuthorization.self, id: id) }
        guard let found, services.clock.now() < found.endsAt else { throw Self.over }
        return (stateHandle, found)
    }

    private func check(
        _ identity: AuthenticatedIdentity, _ pending: PendingAuthorization, _ client: RegisteredClient
    ) throws(AuthorizationError) {
        guard identity.contextClass != nil || client.isAgent else {
            throw AuthorizationError(.accessDenied, "a one-time code opens no app")
        }
        guard pending.hintedUserID == nil || pending.hintedUserID == identity.userID else {
            throw AuthorizationError(.loginRequired, "another person than that of id_token_hint signed in")
        }
    }

    private func complete(
        _ pending: PendingAuthorization, _ client: RegisteredClient, _ identity: AuthenticatedIdentity,
        _ request: Request,
        address: String
    ) async throws -> Response {
        let code = try SecretToken()
        // An agent's sign-in leaves no session behind: it enrols a device, and opens no app.
        let session = client.isAgent ? nil : try SecretToken()
        let codeEnd = services.clock.now() + AuthorizationCode.lifetime
        let sessions = services.sessions
        try await services.store.write { writer in
            try writer.delete(PendingAuthorization.self, id: pending.id)
            if let session {
                let stored = try sessions.insert(session, identity: identity, in: writer)
                try writer.insert(
                    SessionScope(id: stored.id, isAssured: client.requiresAssurance, endsAt: stored.endsAt))
            } else if let refusal = try IdentityStanding.refusal(of: identity, in: writer) {
                throw refusal
            }
            try writer.insert(
                AuthorizationCode(
                    id: code.hash, request: pending.request, identity: identity, sessionID: session?.hash,
                    endsAt: codeEnd))
        }
        var response = AuthorizationResponse(code: code.text, to: pending.request, issuer: issuer.description).response
        cookies.clearTransaction(on: &response)
        if let session {
            await sessions.recordStart(of: identity, address: address)
            if let former = cookies.session(request) { try await sessions.end(token: former, address: address) }
            cookies.setSession(session.text, on: &response)
        }
        await record(.success, client: client, address: address, userID: identity.userID)
        return response
    }

    private func refuse(
        _ pending: PendingAuthorization, _ client: RegisteredClient, _ error: AuthorizationError, address: String
    ) async throws -> Response {
        try await services.store.write { _ = try $0.delete(PendingAuthorization.self, id: pending.id) }
        await record(.failure(error.code.rawValue), client: client, address: address)
        var response = AuthorizationResponse(
            error: error, redirectURI: pending.request.redirectURI, state: pending.request.state,
            issuer: issuer.description
        ).response
        cookies.clearTransaction(on: &response)
        return response
    }

    private static let over = PageError(
        .badRequest, "This sign-in is over", "It was finished, took too long, or was started in another window.",
        "Go back to the app that you came from, and start again.")
}
