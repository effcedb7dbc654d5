// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import SQLiteDatabase

/// The tables of the agent's state, version by version. A migration that was released is never changed.
enum EnrollmentSchema {
    /// What brings a file to the newest version.
    static let migrations: [@Sendable (SQLiteConnection) throws -> Void] = [
        createTables, addPendingEnrollments, addSpareKeys, addAttested,
    ]

    @Sendable private static func createTables(_ connection: SQLiteConnection) throws {
        try connection.execute(
            """
            CREATE TABLE enrollment (
                id TEXT PRIMARY KEY, method_id TEXT NOT NULL, issuer TEXT NOT NULL, organization_id TEXT NOT NULL,
                organization_name TEXT NOT NULL, user_id TEXT NOT NULL, username TEXT NOT NULL, device_id TEXT NOT NULL,
                client_instance_id TEXT NOT NULL, pinned_sequence INTEGER NOT NULL, pinned_key_set BLOB NOT NULL,
                created_at INTEGER NOT NULL
            ) STRICT
            """)
        try connection.execute(
            """
            CREATE TABLE stored_key (
                enrollment_id TEXT NOT NULL REFERENCES enrollment (id) ON DELETE CASCADE, purpose TEXT NOT NULL,
                id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, public_key BLOB NOT NULL, handle BLOB NOT NULL,
                PRIMARY KEY (enrollment_id, purpose)
            ) STRICT
            """)
    }

    @Sendable private static func addPendingEnrollments(_ connection: SQLiteConnection) throws {
        try connection.execute(
            """
            CREATE TABLE pending_enrollment (
                request_id TEXT PRIMARY KEY, issuer TEXT NOT NULL, endpoint TEXT NOT NULL,
                organization_id TEXT NOT NULL, organization_name TEXT NOT NULL, pinned_key_set BLOB NOT NULL,
                request BLOB NOT NULL, code_hash BLOB, created_at INTEGER NOT NULL
            ) STRICT
            """)
        try connection.execute(
            """
            CREATE TABLE pending_key (
                request_id TEXT NOT NULL REFERENCES pending_enrollment (request_id) ON DELETE CASCADE,
                purpose TEXT NOT NULL, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, public_key BLOB NOT NULL,
                handle BLOB NOT NULL, PRIMARY KEY (request_id, purpose)
            ) STRICT
            """)
        try connection.execute("ALTER TABLE enrollment ADD COLUMN code_hash BLOB")
    }

    /// Until now an enrolment had one key of each purpose.
    @Sendable private static func addSpareKeys(_ connection: SQLiteConnection) throws {
        try connection.execute(
            """
            CREATE TABLE enrolled_key (
                enrollment_id TEXT NOT NULL REFERENCES enrollment (id) ON DELETE CASCADE, purpose TEXT NOT NULL,
                position INTEGER NOT NULL, id TEXT PRIMARY KEY, kind TEXT NOT NULL, public_key BLOB NOT NULL,
                handle BLOB NOT NULL, name TEXT, confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)), code_hash BLOB,
                UNIQUE (enrollment_id, purpose, position)
            ) STRICT
            """)
        try connection.execute(
            """
            INSERT INTO enrolled_key (enrollment_id, purpose, position, id, kind, public_key, handle, confirmed)
            SELECT enrollment_id, purpose, 0, id, kind, public_key, handle, 1 FROM stored_key
            """)
        try connection.execute("DROP TABLE stored_key")
        try connection.execute("ALTER TABLE enrolled_key RENAME TO stored_key")
    }

    /// Until now it was known of no key whether the verifier believes that it is in hardware.
    @Sendable private static func addAttested(_ connection: SQLiteConnection) throws {
        try connection.execute("ALTER TABLE stored_key ADD COLUMN attested INTEGER CHECK (attested IN (0, 1))")
    }
}
