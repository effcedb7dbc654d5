// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The tables of the store, and how they came to be.
enum RecordSchema {
    /// Migrations are never changed once released; a file with one that is not here was written by a newer version.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 records") { database in
            try database.execute(
                sql: """
                    CREATE TABLE record (
                        collection TEXT NOT NULL,
                        id TEXT NOT NULL,
                        key_unique TEXT,
                        key_first TEXT,
                        key_second TEXT,
                        expires_at INTEGER,
                        body BLOB NOT NULL,
                        PRIMARY KEY (collection, id)
                    ) STRICT, WITHOUT ROWID;
                    CREATE UNIQUE INDEX record_unique ON record (collection, key_unique) WHERE key_unique IS NOT NULL;
                    CREATE INDEX record_first ON record (collection, key_first) WHERE key_first IS NOT NULL;
                    CREATE INDEX record_second ON record (collection, key_second) WHERE key_second IS NOT NULL;
                    CREATE INDEX record_expiry ON record (expires_at) WHERE expires_at IS NOT NULL;
                    """)
        }
        // Sweeping in steps names records by their rowid. Sign-ins that were under way and sessions are of another form now: of
        // those, people start anew; devices, keys, users and codes stay as they are.
        migrator.registerMigration("2 rowids") { database in
            try database.execute(
                sql: """
                    CREATE TABLE record_2 (
                        collection TEXT NOT NULL,
                        id TEXT NOT NULL,
                        key_unique TEXT,
                        key_first TEXT,
                        key_second TEXT,
                        expires_at INTEGER,
                        body BLOB NOT NULL,
                        PRIMARY KEY (collection, id)
                    ) STRICT;
                    INSERT INTO record_2 SELECT collection, id, key_unique, key_first, key_second, expires_at, body FROM record
                        WHERE collection NOT IN
                            ('sign_ins', 'pending_authorizations', 'session_scopes', 'sessions', 'authorization_codes');
                    DROP TABLE record;
                    ALTER TABLE record_2 RENAME TO record;
                    CREATE UNIQUE INDEX record_unique ON record (collection, key_unique) WHERE key_unique IS NOT NULL;
                    CREATE INDEX record_first ON record (collection, key_first) WHERE key_first IS NOT NULL;
                    CREATE INDEX record_second ON record (collection, key_second) WHERE key_second IS NOT NULL;
                    CREATE INDEX record_expiry ON record (expires_at) WHERE expires_at IS NOT NULL;
                    """)
        }
        // Nothing is rewritten: what users have since (a profile, times) may be missing in their records. Users may be in states that
        // earlier versions do not know, and those are to say that the file is newer rather than that a record cannot be read.
        migrator.registerMigration("3 management") { _ in }
        // A version that does not know editions of documents would change documents unseen by those that do.
        migrator.registerMigration("4 editions") { _ in }
        return migrator
    }
}
