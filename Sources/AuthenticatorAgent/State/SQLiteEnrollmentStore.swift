// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import SQLiteDatabase
package import WireProtocol

/// Enrolments in an SQLite file, which the daemon and commands of the same user share.
///
/// What was read is kept until this or another process changes the file.
package actor SQLiteEnrollmentStore: EnrollmentStore {
    private let database: SQLiteDatabase
    private var cached: (dataVersion: Int64, enrollments: [Enrollment])?
    /// How often this process has changed the file: its own changes do not show in the number that SQLite keeps.
    private var ownChanges = 0

    /// The database's executor: calls between the two never change threads.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { database.unownedExecutor }

    private init(database: SQLiteDatabase) { self.database = database }

    /// Opens the agent's state, and makes it where there is none, with mode 0600.
    ///
    /// - Parameter path: the file, in a folder that exists.
    /// - Throws: `SQLiteError`, with `SQLiteError.Code.newer` where a newer version wrote it.
    package static func open(_ path: String) async throws -> SQLiteEnrollmentStore {
        SQLiteEnrollmentStore(database: try await SQLiteDatabase.open(path, migrations: EnrollmentSchema.migrations))
    }

    package func all() async throws -> [Enrollment] {
        let known = cached
        let changesBefore = ownChanges
        // The number is read before the rows: it is never newer than they are.
        let read = try await database.read { connection -> (version: Int64, enrollments: [Enrollment])? in
            let version = try connection.dataVersion()
            if version == known?.dataVersion { return nil }
            return (version, try connection.snapshot { try EnrollmentRows(connection: $0).all() })
        }
        guard let read else { return known?.enrollments ?? [] }
        if ownChanges == changesBefore { cached = (read.version, read.enrollments) }
        return read.enrollments
    }

    package func insert(_ enrollment: Enrollment) async throws {
        try await change { try $0.insert(enrollment) }
    }

    package func delete(id: String) async throws {
        try await change { try $0.delete(id: id) }
    }

    package func advance(issuer: String, from sequence: Int, to pinned: PinnedKeySet) async throws {
        try await change { try $0.advance(issuer: issuer, from: sequence, to: pinned) }
    }

    package func pending() async throws -> [PendingEnrollment] {
        try await database.read { connection in
            try connection.snapshot { try PendingEnrollmentRows(connection: $0).all() }
        }
    }

    package func add(_ pending: PendingEnrollment) async throws {
        try await database.write { try PendingEnrollmentRows(connection: $0).insert(pending) }
    }

    package func finish(_ pending: PendingEnrollment, as enrollment: Enrollment) async throws {
        try await change { rows in
            // Another process of the person's may have finished it in the meantime.
            guard try PendingEnrollmentRows(connection: rows.connection).delete(pending.requestID) else { return }
            try rows.insert(enrollment)
        }
    }

    package func drop(_ pending: PendingEnrollment) async throws {
        try await database.write { connection in
            _ = try PendingEnrollmentRows(connection: connection).delete(pending.requestID)
        }
    }

    package func add(_ spare: EnrolledSpare, named name: KeyName?, to enrollmentID: String) async throws {
        try await change {
            try EnrolledKeyRows(connection: $0.connection).insert(spare, named: name?.text, to: enrollmentID)
        }
    }

    package func confirmKey(id: String) async throws {
        try await change { try EnrolledKeyRows(connection: $0.connection).confirm(id) }
    }

    package func removeKey(id: String) async throws -> Bool {
        try await change { try EnrolledKeyRows(connection: $0.connection).delete(id) }
    }

    package func noteAttested(_ attested: [String: Bool]) async throws {
        try await change { try EnrolledKeyRows(connection: $0.connection).note(attested: attested) }
    }

    package func nameKey(id: String, _ name: KeyName) async throws {
        try await change { try EnrolledKeyRows(connection: $0.connection).name(id, name.text) }
    }

    private func change<Result: Sendable>(
        _ body: @escaping @Sendable (EnrollmentRows) throws -> Result
    ) async throws -> Result {
        defer { forget() }
        forget()
        return try await database.write { try body(EnrollmentRows(connection: $0)) }
    }

    private func forget() {
        ownChanges += 1
        cached = nil
    }
}
