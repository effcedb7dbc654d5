// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The tokens of the management API, as the administrator keeps them.
package struct APITokenDirectory: Sendable {
    /// The longest time that a token may count, in days.
    package static let maximumDays: Int64 = 366

    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog

    /// The tokens in a store.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog) {
        self.store = store
        self.clock = clock
        self.audit = audit
    }

    /// Makes a token; its text is told this once.
    ///
    /// - Throws: ``APITokenError``.
    package func create(
        name: String, scopes: [APIScope], days: Int64
    ) async throws -> (record: APITokenRecord, text: String) {
        guard TextBounds.isPlain(name, upTo: 100), !name.isEmpty else { throw APITokenError.invalidName }
        guard !scopes.isEmpty else { throw APITokenError.noScopes }
        guard (1...Self.maximumDays).contains(days) else { throw APITokenError.invalidTime }
        let token = try APITokenText()
        let now = clock.now()
        let record = APITokenRecord(
            id: token.id, secretHash: token.secretHash, name: name, scopes: scopes, createdAt: now,
            endsAt: now + days * 86_400)
        let event = AuditEvent(
            .apiTokenCreate, outcome: .success, targets: [.apiToken(record)],
            debugData: ["scopes": scopes.map(\.description).joined(separator: " ")])
        do { try await store.write(telling: audit, { _ in [event] }) { try $0.insert(record) } } catch StoreError
            .alreadyExists
        {
            throw APITokenError.nameTaken(name)
        }
        return (record, token.text)
    }

    /// All tokens that were not forgotten, the newest last.
    package func list() async throws -> [APITokenRecord] {
        try await store.read { try $0.all(APITokenRecord.self) }.sorted {
            ($0.createdAt, $0.id) < ($1.createdAt, $1.id)
        }
    }

    /// Revokes a token by its id or name: it counts for nothing from the next request on.
    ///
    /// - Throws: ``APITokenError/unknown(_:)``.
    @discardableResult
    package func revoke(_ idOrName: String) async throws -> APITokenRecord {
        let now = clock.now()
        return try await store.write(
            telling: audit, { [AuditEvent(.apiTokenRevoke, outcome: .success, targets: [.apiToken($0)])] }
        ) { writer in
            let named = try writer.records(APITokenRecord.self, where: .unique, is: idOrName).first
            guard var record = try writer.record(APITokenRecord.self, id: idOrName) ?? named else {
                throw APITokenError.unknown(idOrName)
            }
            if record.revokedAt == nil { record.revokedAt = now }
            try writer.save(record)
            return record
        }
    }

    /// The token that was presented, where it counts now.
    func find(_ presented: String) async throws -> APITokenRecord? {
        guard let token = APITokenText(presented: presented) else { return nil }
        let record = try await store.read { try $0.record(APITokenRecord.self, id: token.id) }
        guard let record, ConstantTime.equal(record.secretHash, token.secretHash) else { return nil }
        let now = clock.now()
        guard record.standing(at: now) == .active else { return nil }
        if now - (record.usedAt ?? 0) >= 3600 { try await noteUse(of: record.id, at: now) }
        return record
    }

    private func noteUse(of id: String, at now: Int64) async throws {
        try await store.write(.buffered) { writer in
            guard var record = try writer.record(APITokenRecord.self, id: id), record.revokedAt == nil else { return }
            record.usedAt = now
            try writer.save(record)
        }
    }
}

/// Why a token was not made or found; the text is for the administrator.
package enum APITokenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name is empty, too long or has control characters.
    case invalidName
    /// The token could do nothing.
    case noScopes
    /// The time is too short or too long.
    case invalidTime
    /// A token of this name counts already.
    case nameTaken(String)
    /// There is no such token.
    case unknown(String)

    package var description: String {
        switch self {
        case .invalidName: "a token's name is 1 to 100 characters without control characters"
        case .noScopes: "a token needs at least one scope, such as okta.users.read"
        case .invalidTime: "a token counts for 1 to \(APITokenDirectory.maximumDays) days"
        case .nameTaken(let name): "a token '\(name)' exists already; revoke it first, or choose another name"
        case .unknown(let name): "there is no token '\(name)'"
        }
    }
}

extension AuditEvent.Entity {
    /// A token of the management API; never its secret.
    static func apiToken(_ token: APITokenRecord) -> AuditEvent.Entity {
        AuditEvent.Entity(id: token.id, type: "ApiToken", displayName: token.name)
    }
}
