// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Gives an app a token for itself (RFC 6749 §4.4): to the management API, where its configuration has scopes for that.
struct ServiceGrant: Sendable {
    let services: VerifierServices

    /// The token for a client that was authenticated by its key.
    ///
    /// - Throws: ``OAuthError``.
    func grant(
        _ form: FormParameters, _ client: RegisteredClient, address: String
    ) async throws -> TokenEndpoint.Grant {
        guard !client.serviceScopes.isEmpty else { throw OAuthError.unauthorizedClient }
        let names = (form["scope"] ?? "").split(separator: " ").map(String.init)
        let scopes = names.compactMap { APIScope($0)?.narrowed(to: client.serviceScopes) }
        guard !names.isEmpty, scopes.map(\.description) == names else { throw OAuthError.invalidScope }
        let token = try SecretToken()
        let record = ServiceTokenRecord(
            id: token.hash, clientID: client.id, scopes: scopes,
            endsAt: services.clock.now() + ServiceTokenRecord.lifetime)
        let text = scopes.map(\.description).joined(separator: " ")
        var event = TokenEndpoint.event(.accessTokenGrant, .success, client: client, address: address, userID: nil)
        event.debugData["scopes"] = text
        try await services.store.write(telling: services.audit, { [event] _ in [event] }) { try $0.insert(record) }
        return TokenEndpoint.Grant(accessToken: token.text, expiresIn: ServiceTokenRecord.lifetime, scope: text)
    }
}
