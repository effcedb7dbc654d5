// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// Who is an administrator, as whoever has the verifier's machine keeps it.
package struct AdministratorDirectory: Sendable {
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog

    /// The directory in a store.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog) {
        self.store = store
        self.clock = clock
        self.audit = audit
    }

    /// An administrator and their name.
    package struct Entry: Hashable, Sendable {
        /// What they may do.
        package let record: AdministratorRecord
        /// Who they are.
        package let user: User
        /// When they became one, for people.
        package var createdAtText: String { Instant(seconds: record.createdAt).text }
    }

    /// Makes a person an administrator of these scopes, and of no others; tokens that they have do from the next request on no more
    /// than this.
    ///
    /// - Throws: ``DirectoryError/unknownUser(_:)``, or ``AdministratorError``.
    @discardableResult
    package func set(username: String, scopes: [APIScope]) async throws -> Entry {
        guard !scopes.isEmpty else { throw AdministratorError.noScopes }
        if let scope = scopes.first(where: { !$0.isForAccessTokens }) { throw AdministratorError.notForPeople(scope) }
        let now = clock.now()
        return try await store.write(telling: audit, { [Self.granted($0)] }) { writer in
            let user = try Self.user(username, in: writer)
            guard user.status != .deactivated else { throw AdministratorError.deactivated(user.username) }
            let before = try writer.record(AdministratorRecord.self, id: user.id)
            let record = AdministratorRecord(id: user.id, scopes: scopes, createdAt: before?.createdAt ?? now)
            try writer.save(record)
            return Entry(record: record, user: user)
        }
    }

    private static func granted(_ entry: Entry) -> AuditEvent {
        AuditEvent(
            .privilegeGrant, outcome: .success, targets: [.user(entry.user)],
            debugData: ["scopes": entry.record.scopes.map(\.description).joined(separator: " ")])
    }

    /// All administrators, by name.
    package func list() async throws -> [Entry] {
        try await store.read { reader in
            try reader.all(AdministratorRecord.self).compactMap { record in
                try reader.record(User.self, id: record.id).map { Entry(record: record, user: $0) }
            }
        }.sorted { $0.user.username < $1.user.username }
    }

    /// Makes an administrator one no longer: their tokens for the management API end with this.
    ///
    /// - Throws: ``DirectoryError/unknownUser(_:)``, or ``AdministratorError/notOne(_:)``.
    @discardableResult
    package func remove(username: String) async throws -> User {
        try await store.write(
            telling: audit, { [AuditEvent(.privilegeRevoke, outcome: .success, targets: [.user($0)])] }
        ) { writer in
            let user = try Self.user(username, in: writer)
            guard try AdministratorRecord.remove(userID: user.id, in: writer) else {
                throw AdministratorError.notOne(user.username)
            }
            return user
        }
    }

    private static func user(_ username: String, in reader: any StoreReader) throws -> User {
        guard let name = Username(username), let user = try UserDirectory.user(named: name, in: reader) else {
            throw DirectoryError.unknownUser(username)
        }
        return user
    }
}

/// Why somebody was not made an administrator, or is none; the text is for whoever has the verifier's machine.
package enum AdministratorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// They could do nothing.
    case noScopes
    /// The scope is for tokens of programs alone.
    case notForPeople(APIScope)
    /// The person was deactivated.
    case deactivated(String)
    /// The person is no administrator.
    case notOne(String)

    package var description: String {
        switch self {
        case .noScopes: "an administrator needs at least one scope, such as okta.users.read"
        case .notForPeople(let scope): "\(scope) is not for people: 'verifier token create' makes a directory's token"
        case .deactivated(let name): "\(name) was deactivated; activate them first"
        case .notOne(let name): "\(name) is no administrator"
        }
    }
}
