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
        let known = cached?.dataVersion
        // One transaction: the rows are of one moment, and the number read before them is never newer than they are.
        let read = try await database.read { connection -> (Int64, [Enrollment])? in
            let version = try connection.dataVersion()
            if version == known { return nil }
            return (version, try connection.snapshot { try EnrollmentRows(connection: $0).all() })
        }
        if let read { cached = (read.0, read.1) }
        return cached?.enrollments ?? []
    }

    package func insert(_ enrollment: Enrollment) async throws {
        cached = nil
        try await database.write { try EnrollmentRows(connection: $0).insert(enrollment) }
        cached = nil
    }

    package func delete(id: String) async throws {
        cached = nil
        try await database.write { try EnrollmentRows(connection: $0).delete(id: id) }
        cached = nil
    }

    package func advance(issuer: String, from sequence: Int, to pinned: PinnedKeySet) async throws {
        cached = nil
        try await database.write {
            try EnrollmentRows(connection: $0).advance(issuer: issuer, from: sequence, to: pinned)
        }
        cached = nil
    }
}
