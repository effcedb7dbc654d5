// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

/// Where apps send people to sign in (OIDC Core §3.1.2).
package struct AuthorizationEndpoint: Sendable {
    let issuer: Origin
    let registry: ClientRegistry
    let services: VerifierServices
    let cookies: BrowserCookies
    let idTokens: IDTokenIssuer

    /// Answers an authorization request.
    func authorize(_ parameters: FormParameters, _ request: Request, address: String) async throws -> Response {
        let client: RegisteredClient
        let redirectURI: String
        do { (client, redirectURI) = try registry.recipient(of: parameters) } catch {
            await services.recordRefusal(
                Self.event(.failure("invalid_client_or_redirect_uri"), client: nil, address: address), by: address)
            throw PageError(
                .badRequest, PageText("This sign-in cannot start"), PageText(error.summary),
                PageText("Nothing is wrong with your account or your device. Tell those who run the app."))
        }
        do {
            let asked = try AuthorizationRequest(parameters, client: client, redirectURI: redirectURI)
            return try await answer(asked, client, request, address: address)
        } catch let error as AuthorizationError {
            await services.recordRefusal(
                Self.event(.failure(error.code.rawValue), client: client, address: address), by: address)
            return AuthorizationResponse(
                error: error, redirectURI: redirectURI,
                state: parameters.repeated.contains("state") ? nil : parameters["state"],
                issuer: issuer.description
            ).response
        }
    }

    private func answer(
        _ asked: AuthorizationRequest, _ client: RegisteredClient, _ request: Request, address: String
    ) async throws -> Response {
        let hinted = try await hintedUser(asked)
        var asked = asked
        // It has said what it says, and is not kept.
        asked.idTokenHint = nil
        if let session = try await session(of: request) {
            var expected = hinted
            if expected == nil, let name = asked.loginHint {
                expected = try await services.users.find(username: name)?.id
            }
            let rule = SingleSignOn(request: asked, client: client, expectedUserID: expected, now: services.clock.now())
            if rule.isServed(by: session), let answer = try await answer(client, by: session, address: address) {
                return try await issueCode(asked, client, session, answer, address: address)
            }
        }
        guard !asked.prompt.contains(.none) else {
            throw AuthorizationError(.loginRequired, "the person has to sign in, which prompt=none forbids")
        }
        return try await begin(asked, client, hintedUserID: hinted, request, address: address)
    }

    /// The person whose ID token the app sent along.
    private func hintedUser(_ asked: AuthorizationRequest) async throws -> String? {
        guard let hint = asked.idTokenHint else { return nil }
        guard let claims = try await idTokens.verifiedClaims(of: hint), claims.audience == asked.clientID else {
            throw AuthorizationError(.invalidRequest, "id_token_hint is not an ID token of this issuer for this client")
        }
        return claims.subject
    }

    /// The answer of a session, where the app's access policy takes what it proved, from where the browser is now; without such a policy,
    /// where the policies that guard every app still let the device in.
    private func answer(
        _ client: RegisteredClient, by session: Session, address: String
    ) async throws -> SessionAnswer? {
        guard let policyID = client.accessPolicy else {
            guard client.requiresAssurance, client.assuranceMode != .report else { return SessionAnswer() }
            return try await services.isStillLetIn(session, by: client.assuranceMode) ? SessionAnswer() : nil
        }
        let judgement = try await services.judge(
            session, policyID: policyID, mode: client.assuranceMode, address: address)
        guard let judgement, judgement.isLetIn else { return nil }
        return SessionAnswer(judgement: judgement)
    }

    /// The browser's session, where it has one that counts.
    func session(of request: Request) async throws -> Session? {
        guard let token = cookies.session(request) else { return nil }
        return try await services.sessions.find(token: token)
    }

    /// The session of a browser, where it opens the account page: not one of a link, by which its sender may have signed in.
    func accountSession(of request: Request) async throws -> Session? {
        guard let session = try await session(of: request), session.identity.contextClass != nil else { return nil }
        return session
    }

    func begin(
        _ asked: AuthorizationRequest, _ client: RegisteredClient, hintedUserID: String?, change: AccountChange? = nil,
        _ request: Request, address: String
    ) async throws -> Response {
        // Apps are registered by the organisation, so `prompt=consent` asks the person on their device.
        let asksPerson = asked.prompt.contains(.consent) || asked.opensManagementForAnybody(client)
        let mediation = asksPerson ? UserMediation.required : client.userMediation
        var signIn = SignInRequest(
            authorization: asked, hintedUserID: hintedUserID, appName: client.name,
            userVerification: client.userVerification, userMediation: mediation,
            keyProtection: client.keyProtection, acceptsEnrollmentCode: client.isAgent,
            requiresAssurance: client.requiresAssurance && client.accessPolicy == nil,
            assuranceMode: client.assuranceMode)
        signIn.policyID = client.accessPolicy
        signIn.change = client.isAgent ? AccountChange(.enroll) : change
        let stateHandle = try await services.signIn.begin(signIn, address: address)
        var response = Response.redirect(to: SignInName(of: stateHandle).address("/signin"), type: .normal)
        cookies.setTransaction(stateHandle, for: request, on: &response)
        return response
    }

    private func issueCode(
        _ asked: AuthorizationRequest, _ client: RegisteredClient, _ session: Session, _ answer: SessionAnswer,
        address: String
    ) async throws -> Response {
        let secret = try SecretToken()
        let (now, days) = (services.clock.now(), services.settings.recordDays)
        let code = AuthorizationCode(
            id: secret.hash, request: asked, identity: session.identity, sessionID: session.id,
            endsAt: now + AuthorizationCode.lifetime)
        let authorized = Self.event(.success, client: client, address: address, userID: session.identity.userID)
        _ = try await services.store.write(
            telling: services.audit, { [$0, authorized].compactMap(\.self) }
        ) { writer -> AuditEvent? in
            if let refusal = try Self.lackOfRights(asked, of: session.identity, in: writer) { throw refusal }
            try writer.insert(code)
            return try answer.keep(session, client, address: address, at: now, for: days, in: writer)
        }
        try await services.sessions.touch(session)
        return AuthorizationResponse(code: secret.text, to: asked, issuer: issuer.description).response
    }

    /// Why a person gets no code for what the app asks of the management API, where they do not.
    static func lackOfRights(
        _ asked: AuthorizationRequest, of identity: AuthenticatedIdentity, in reader: any StoreReader
    ) throws -> AuthorizationError? {
        let lacking = try AdministratorRecord.lacking(asked.managementScopes, userID: identity.userID, in: reader)
        guard !lacking.isEmpty else { return nil }
        let names = lacking.map(\.description).joined(separator: " ")
        return AuthorizationError(.accessDenied, "the person is no administrator of: \(names)")
    }

    func record(
        _ outcome: AuditEvent.Outcome, client: RegisteredClient?, address: String, userID: String? = nil
    ) async {
        await services.audit.record(Self.event(outcome, client: client, address: address, userID: userID))
    }

    static func event(
        _ outcome: AuditEvent.Outcome, client: RegisteredClient?, address: String, userID: String? = nil
    ) -> AuditEvent {
        AuditEvent(
            .authorize, outcome: outcome, actor: userID.map { .user(id: $0, username: nil) } ?? .system,
            address: address, targets: client.map { [.app(id: $0.id, name: $0.name)] } ?? [])
    }
}
