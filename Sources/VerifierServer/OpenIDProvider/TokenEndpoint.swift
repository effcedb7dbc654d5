// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// Where apps exchange a code for tokens (OIDC Core §3.1.3).
package struct TokenEndpoint: Sendable {
    let authenticator: ClientAuthenticator
    let services: VerifierServices
    let idTokens: IDTokenIssuer

    /// What an app gets for its code (OIDC Core §3.1.3.3).
    struct Grant: Hashable, Sendable, Encodable {
        var accessToken: String
        let tokenType = "Bearer"
        var expiresIn: Int64
        var scope: String
        var idToken: String?

        private enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case tokenType = "token_type"
            case expiresIn = "expires_in"
            case scope
            case idToken = "id_token"
        }
    }

    /// Answers a token request.
    ///
    /// - Throws: ``OAuthError``.
    func exchange(_ form: FormParameters, authorization: String?, address: String) async throws -> Grant {
        if form.repeated.isEmpty == false { throw OAuthError.invalidRequest("a parameter is repeated") }
        let client: RegisteredClient
        do { client = try await authenticator.authenticate(form, authorization: authorization) } catch let error
            as OAuthError
        {
            await recordRefusal(error, client: nil, address: address)
            throw error
        }
        do {
            return try await grant(form, client, address: address)
        } catch let error as OAuthError {
            await recordRefusal(error, client: client, address: address)
            throw error
        }
    }

    private func grant(_ form: FormParameters, _ client: RegisteredClient, address: String) async throws -> Grant {
        guard let type = form["grant_type"] else { throw OAuthError.invalidRequest("grant_type is missing") }
        if type == "client_credentials" {
            return try await ServiceGrant(services: services).grant(form, client, address: address)
        }
        guard type == "authorization_code" else { throw OAuthError.unsupportedGrantType }
        guard let presented = form["code"] else { throw OAuthError.invalidRequest("code is missing") }
        guard let redirectURI = form["redirect_uri"] else { throw OAuthError.invalidRequest("redirect_uri is missing") }
        let lifetime = client.isAgent ? AccessTokenLifetime.agent : AccessTokenLifetime.app
        let exchange = CodeExchange(
            presented: presented, redirectURI: redirectURI, verifier: form["code_verifier"], clientID: client.id,
            lifetime: lifetime)
        let (code, accessToken, person) = try await redeem(exchange, client, address: address)
        let isOpenID = code.request.scopes.contains("openid")
        var idToken: String?
        if isOpenID {
            idToken = try await idTokens.token(for: code, client: client, accessToken: accessToken, person: person)
        }
        return Grant(
            accessToken: accessToken, expiresIn: lifetime, scope: code.request.scopes.joined(separator: " "),
            idToken: idToken)
    }

    private func redeem(
        _ exchange: CodeExchange, _ client: RegisteredClient, address: String
    ) async throws -> (AuthorizationCode, accessToken: String, person: User?) {
        let sessions = services.sessions
        let now = services.clock.now()
        let outcome: CodeExchange.Outcome
        do {
            outcome = try await services.store.write(
                telling: services.audit, { Self.events(of: $0, client: client, address: address) }
            ) { try exchange.perform(in: $0, sessions: sessions, now: now) }
        } catch is VerifierError {
            throw OAuthError.invalidGrant("the account or device is not active")
        }
        switch outcome {
        case .granted(let code, let accessToken, let person): return (code, accessToken, person)
        case .revoked: throw OAuthError.invalidGrant("the code was used before")
        case .refused(let reason): throw OAuthError.invalidGrant(reason)
        }
    }

    /// What the log tells of an exchange that was granted, or that ended a token.
    private static func events(
        of outcome: CodeExchange.Outcome, client: RegisteredClient, address: String
    ) -> [AuditEvent] {
        if case .revoked(let code) = outcome {
            return [event(.accessTokenRevoke, .success, client: client, address: address, userID: code.identity.userID)]
        }
        guard case .granted(let code, _, _) = outcome else { return [] }
        let types: [AuditEventType] =
            code.request.scopes.contains("openid") ? [.accessTokenGrant, .idTokenGrant] : [.accessTokenGrant]
        return types.map { type in
            var event = event(type, .success, client: client, address: address, userID: code.identity.userID)
            let opened = code.request.managementScopes.map(\.description).joined(separator: " ")
            if type == .accessTokenGrant, !opened.isEmpty { event.debugData["scopes"] = opened }
            return event
        }
    }

    private func recordRefusal(_ error: OAuthError, client: RegisteredClient?, address: String) async {
        await services.recordRefusal(
            Self.event(.tokenGrant, .failure(error.code), client: client, address: address, userID: nil), by: address)
    }

    static func event(
        _ type: AuditEventType, _ outcome: AuditEvent.Outcome, client: RegisteredClient?, address: String,
        userID: String?
    ) -> AuditEvent {
        AuditEvent(
            type, outcome: outcome, actor: client.map { .app(id: $0.id, name: $0.name) } ?? .system, address: address,
            targets: userID.map { [.user(id: $0, username: nil)] } ?? [])
    }
}
