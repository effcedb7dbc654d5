// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Finds out who asks the management API with an OAuth access token, and what they may do at this moment.
struct AccessTokenCallers: Sendable {
    let services: VerifierServices
    /// The apps that there are.
    let registry: ClientRegistry

    /// Whose an access token is, where it counts. It does what was granted, and of that no more than the person may do as an
    /// administrator now, and the app by the configuration.
    func find(_ presented: String) async throws -> ManagementCaller? {
        guard let hash = SecretToken.hash(of: presented) else { return nil }
        let now = services.clock.now()
        return try await services.store.read { reader in
            if let token = try reader.record(ServiceTokenRecord.self, id: hash) { return caller(of: token, at: now) }
            guard let token = try reader.record(AccessTokenRecord.self, id: hash) else { return nil }
            return try caller(of: token, at: now, in: reader)
        }
    }

    private func caller(
        of token: AccessTokenRecord, at now: Int64, in reader: any StoreReader
    ) throws -> ManagementCaller? {
        guard now < token.endsAt, !token.managementScopes.isEmpty, let client = registry.client(token.clientID),
            try IdentityStanding.refusal(of: token.identity, in: reader) == nil,
            let user = try reader.record(User.self, id: token.identity.userID)
        else { return nil }
        let own = try reader.record(AdministratorRecord.self, id: user.id)?.scopes ?? []
        let scopes = token.managementScopes.compactMap { $0.narrowed(to: own) }
        return ManagementCaller(
            user, by: client, scopes: scopes.compactMap { $0.narrowed(to: client.scopes) })
    }

    private func caller(of token: ServiceTokenRecord, at now: Int64) -> ManagementCaller? {
        guard now < token.endsAt, let client = registry.client(token.clientID) else { return nil }
        return ManagementCaller(
            service: client, scopes: token.scopes.compactMap { $0.narrowed(to: client.serviceScopes) })
    }
}
