// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The users of the organisation, as the administrator keeps them.
package struct UserDirectory: Sendable {
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog

    /// The directory in a store.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog) {
        self.store = store
        self.clock = clock
        self.audit = audit
    }

    /// Adds a user; the display name is the username where none is given.
    ///
    /// - Throws: ``DirectoryError/invalidUsername``, ``DirectoryError/invalidDisplayName`` or
    ///   ``DirectoryError/usernameTaken(_:)``.
    package func add(username: String, displayName: String? = nil) async throws -> User {
        guard let name = Username(username) else { throw DirectoryError.invalidUsername }
        let displayName = displayName ?? name.text
        guard TextBounds.isPlain(displayName, upTo: 200), !displayName.isEmpty else {
            throw DirectoryError.invalidDisplayName
        }
        let user = User(
            id: try SecureRandom.identifier(prefix: "00u"), username: name.text, displayName: displayName,
            createdAt: clock.now())
        do {
            try await store.write(
                telling: audit, { _ in [AuditEvent(.userCreate, outcome: .success, targets: [.user(user)])] }
            ) { try $0.insert(user) }
        } catch StoreError.alreadyExists {
            throw DirectoryError.usernameTaken(name.text)
        }
        return user
    }

    /// All users who were not deleted, by name.
    package func list() async throws -> [User] {
        try await store.read { try $0.all(User.self) }
            .filter { $0.status != .deleted }
            .sorted { $0.username < $1.username }
    }

    /// The user of a name, in any case, where there is one who was not deleted.
    package func find(username: String) async throws -> User? {
        guard let name = Username(username) else { return nil }
        return try await store.read { try Self.user(named: name, in: $0) }
    }

    /// The user of an id, deleted or not.
    package func find(id: String) async throws -> User? {
        try await store.read { try $0.record(User.self, id: id) }
    }

    /// Suspends a user and, in the same transaction, ends their sessions and revokes their access tokens and codes.
    @discardableResult
    package func suspend(username: String) async throws -> User {
        try await change(username, to: .suspended, event: .userSuspend)
    }

    /// Lets a suspended user sign in again; what suspension ended stays ended.
    @discardableResult
    package func resume(username: String) async throws -> User {
        try await change(username, to: .active, event: .userUnsuspend)
    }

    /// Deletes a user, their enrolments, devices, sessions, tokens and codes, in one transaction; the name is free again.
    @discardableResult
    package func delete(username: String) async throws -> User {
        try await change(username, to: .deleted, event: .userDelete)
    }

    static func user(named name: Username, in reader: any StoreReader) throws -> User? {
        try reader.records(User.self, where: .unique, is: name.text).first
    }

    private func change(_ username: String, to status: User.Status, event: AuditEventType) async throws -> User {
        guard let name = Username(username) else { throw DirectoryError.unknownUser(username) }
        let now = clock.now()
        return try await store.write(
            telling: audit, { [AuditEvent(event, outcome: .success, targets: [.user($0)])] }
        ) { writer in
            guard var user = try Self.user(named: name, in: writer) else {
                throw DirectoryError.unknownUser(name.text)
            }
            try Self.set(&user, to: status, at: now, in: writer)
            return user
        }
    }

    /// Brings a user into a state and ends what that ends, within a transaction.
    static func set(_ user: inout User, to status: User.Status, at now: Int64, in writer: any StoreWriter) throws {
        if user.status != status { user.statusChangedAt = now }
        if status == .active, user.status != .active { user.activatedAt = now }
        user.status = status
        user.updatedAt = now
        // What was known of somebody who is gone is known no more.
        if status == .deleted {
            user.profile = nil
            user.externalID = nil
            user.directoryValues = nil
        }
        try writer.save(user)
        if status != .active {
            try Revocation.endAll(userID: user.id, in: writer)
            try EnrollmentCodes.voidAll(userID: user.id, in: writer)
        }
        // Who comes back later is not an administrator by that.
        if status == .deactivated || status == .deleted {
            try AdministratorRecord.remove(userID: user.id, in: writer)
        }
        if status == .deleted {
            try EnrollmentRecords.deleteAll(userID: user.id, in: writer)
            try GroupMembership.removeAll(userID: user.id, in: writer)
        }
    }
}
