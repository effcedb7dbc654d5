// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import GRDB
internal import Glibc

/// The store in one SQLite file.
///
/// Write-ahead logging with a sync at every commit that asks for it. Writes that come at the same time share one commit (see
/// ``GroupCommitter``); reads go on beside them, on a thread of their own. Other processes may use the same file.
package final class SQLiteStore: VerifierStore {
    private let pool: DatabasePool
    private let committer: GroupCommitter
    private let decoded: DecodedRecords
    private let readers = DispatchQueue(label: "countersign.store.read")
    private let path: String
    private let lock: StoreLock

    /// Opens the store of a file; makes it, with mode 0600, where there is none.
    ///
    /// - Parameter maximumPages: how many pages of 4096 bytes the file may have; `nil` for SQLite's own bound.
    /// - Throws: ``StoreError``.
    package init(path: String, maximumPages: Int? = nil) throws(StoreError) {
        self.path = path
        try Self.prepareFile(path)
        do throws(StoreBackupError) { lock = try StoreLock(storePath: path, .shared) } catch {
            throw .failed("cannot open the store: \(error)")
        }
        do {
            let pool = try DatabasePool(path: path, configuration: Self.configuration(maximumPages: maximumPages))
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                    throw StoreError.failed("cannot make commits durable in \(path)")
                }
            }
            guard try !pool.read(RecordSchema.migrator.hasBeenSuperseded) else {
                throw StoreError.newerVersion(path: path)
            }
            try RecordSchema.migrator.migrate(pool)
            self.pool = pool
            let decoded = DecodedRecords()
            self.decoded = decoded
            committer = GroupCommitter(pool: pool, path: path, decoded: decoded)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            readers.async { [pool, path, decoded] in
                do {
                    continuation.resume(
                        returning: try pool.read { try body(RecordAccess(database: $0, decoded: decoded)) })
                } catch {
                    continuation.resume(throwing: error is DatabaseError ? StoreError(error, path: path) : error)
                }
            }
        }
    }

    package func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        try await committer.write(durability, body)
    }

    package func check() async throws {
        try await read { [path] reader in
            guard let access = reader as? RecordAccess else { return }
            // Another process may have brought the file to a newer version meanwhile.
            let migrator = RecordSchema.migrator
            if try migrator.hasBeenSuperseded(access.database) { throw StoreError.newerVersion(path: path) }
            guard try migrator.hasCompletedMigrations(access.database) else { throw StoreError.damaged(path: path) }
        }
    }

    private static func configuration(maximumPages: Int?) -> Configuration {
        var configuration = Configuration()
        // Another process, such as the administrator's command, commits within milliseconds.
        configuration.busyMode = .timeout(10)
        configuration.label = "countersign.store"
        configuration.prepareDatabase { database in
            // Savepoints keep what they may have to undo in memory, which a file would do for every write.
            try database.execute(
                sql: """
                    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 4000
                    """)
            if let maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
        }
        return configuration
    }

    /// SQLite gives the files beside the database the database's own mode.
    private static func prepareFile(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let hint = errno == ENOENT ? "; make its folder first" : ""
            throw .failed("cannot open the store \(path): \(String(cString: strerror(errno)))\(hint)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .failed("cannot open the store \(path): it is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 || fchmod(descriptor, 0o600) == 0 else {
            throw .failed("cannot take the rights of others away from the store \(path)")
        }
    }
}
