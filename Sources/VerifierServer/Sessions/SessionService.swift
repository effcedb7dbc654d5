// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Sessions of browsers and access tokens of clients. The store keeps hashes; the secrets are told once.
package struct SessionService: Sendable {
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog
    private let lifetime: Int64

    /// Sessions that last so many seconds.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog, lifetime: Int64) {
        self.store = store
        self.clock = clock
        self.audit = audit
        self.lifetime = lifetime
    }

    // MARK: - Sessions

    /// Starts a session within the transaction that took a sign-in's identity, by ``SignInService/finish(stateHandle:in:)``.
    ///
    /// Afterwards the caller records ``startEvent(of:address:)``.
    package func insert(
        _ token: SecretToken, identity: AuthenticatedIdentity, isAssured: Bool, grant: AccountGrant? = nil,
        in writer: any StoreWriter
    ) throws {
        let now = clock.now()
        try writer.insert(
            Session(
                id: token.hash, identity: identity, startedAt: now, endsAt: now + lifetime, isAssured: isAssured,
                usedAt: now, grant: grant))
    }

    /// Notes that a session was used now. A loss of power may take that back: the session then only looks older.
    package func touch(_ session: Session) async throws {
        let now = clock.now()
        guard session.lastActivity < now else { return }
        try await store.write(.buffered) { writer in
            guard var session = try writer.record(Session.self, id: session.id), session.lastActivity < now else {
                return
            }
            session.usedAt = now
            try writer.save(session)
        }
    }

    /// Ends the session of a token soon, since another takes its place in the browser; afterwards the caller records
    /// ``endEvent(of:address:)``.
    package func shorten(token: String, to end: Int64, in writer: any StoreWriter) throws -> Session? {
        guard var session = try find(token: token, in: writer) else { return nil }
        session.endsAt = min(session.endsAt, end)
        try writer.save(session)
        return session
    }

    /// What the audit log tells of a session's start.
    static func startEvent(of identity: AuthenticatedIdentity, address: String?) -> AuditEvent {
        AuditEvent(
            .userSessionStart, outcome: .success, actor: .user(id: identity.userID, username: nil), address: address,
            targets: identity.deviceID.map { [.device(id: $0)] } ?? [])
    }

    /// What the audit log tells of a session's end.
    static func endEvent(of session: Session, address: String?) -> AuditEvent {
        AuditEvent(
            .userSessionEnd, outcome: .success, actor: .user(id: session.identity.userID, username: nil),
            address: address)
    }

    /// The session of a token, where it has not ended and its user, enrolment and device are active.
    package func find(token: String) async throws -> Session? {
        try await store.read { try find(token: token, in: $0) }
    }

    /// The session of a token, within the caller's transaction.
    package func find(token: String, in reader: any StoreReader) throws -> Session? {
        guard let hash = SecretToken.hash(of: token),
            let session = try reader.record(Session.self, id: hash), clock.now() < session.endsAt,
            try IdentityStanding.refusal(of: session.identity, in: reader) == nil
        else { return nil }
        return session
    }

    /// Ends the session of a token, if there is one.
    package func end(token: String, address: String? = nil) async throws {
        guard let hash = SecretToken.hash(of: token) else { return }
        _ = try await store.write(
            telling: audit, { $0.map { [Self.endEvent(of: $0, address: address)] } ?? [] }
        ) { writer -> Session? in
            let session = try writer.record(Session.self, id: hash)
            try writer.delete(Session.self, id: hash)
            return session
        }
    }

    /// Ends the sessions and revokes the access tokens of a user.
    package func endAll(userID: String) async throws {
        try await store.write { try Revocation.endAll(userID: userID, in: $0) }
    }

    /// Ends the sessions and revokes the access tokens that rest on a device.
    package func endAll(deviceID: String) async throws {
        try await store.write { try Revocation.endAll(deviceID: deviceID, in: $0) }
    }

    /// Ends the sessions and revokes the access tokens that rest on an enrolment.
    package func endAll(enrollmentID: String) async throws {
        try await store.write { try Revocation.endAll(enrollmentID: enrollmentID, in: $0) }
    }

    // MARK: - Access tokens

    /// Issues an access token for so many seconds.
    ///
    /// - Throws: ``VerifierError`` where the user, the enrolment or the device is no longer active.
    package func issueAccessToken(
        identity: AuthenticatedIdentity, clientID: String, scopes: [String], lifetime: Int64
    ) async throws -> String {
        try await store.write {
            try issueAccessToken(identity: identity, clientID: clientID, scopes: scopes, lifetime: lifetime, in: $0)
        }
    }

    /// Issues an access token within the caller's transaction, such as the one that consumes an authorization code.
    package func issueAccessToken(
        identity: AuthenticatedIdentity, clientID: String, scopes: [String], lifetime: Int64,
        in writer: any StoreWriter
    ) throws -> String {
        if let refusal = try IdentityStanding.refusal(of: identity, in: writer) { throw refusal }
        let token = try SecretToken()
        let now = clock.now()
        try writer.insert(
            AccessTokenRecord(
                id: token.hash, clientID: clientID, identity: identity, scopes: scopes, issuedAt: now,
                endsAt: now + lifetime))
        return token.text
    }

    /// The record of an access token, where it has not ended and its user, enrolment and device are active.
    package func findAccessToken(_ token: String) async throws -> AccessTokenRecord? {
        guard let hash = SecretToken.hash(of: token) else { return nil }
        return try await store.read { reader in
            guard let record = try reader.record(AccessTokenRecord.self, id: hash), clock.now() < record.endsAt,
                try IdentityStanding.refusal(of: record.identity, in: reader) == nil
            else { return nil }
            return record
        }
    }

    /// Revokes one access token, if there is such a one.
    package func revokeAccessToken(_ token: String) async throws {
        guard let hash = SecretToken.hash(of: token) else { return }
        try await store.write { _ = try $0.delete(AccessTokenRecord.self, id: hash) }
    }
}
