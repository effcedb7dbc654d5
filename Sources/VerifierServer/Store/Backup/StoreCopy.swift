// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// Copies the file of a store while others write to it, and looks at copies.
enum StoreCopy {
    /// What a copy was found to be.
    struct Findings: Sendable {
        /// The last migration that was applied: the version of its form.
        let schema: String
        /// How many bytes it has.
        let bytes: Int
    }

    /// Copies a store at one point in time to a file that is made for it, and brings it to the disk.
    ///
    /// Writers of the source go on meanwhile. The copy is one file, in no need of another beside it.
    /// - Returns: what it was found to be: whole, a verifier's, and of a version that this one reads.
    static func make(from source: String, to path: String) throws(StoreBackupError) -> Findings {
        guard DurableFile.exists(source) else { throw .failed(path: source, words: "there is no such file") }
        DurableFile.remove(path)
        try DurableFile.create(path)
        let findings: Findings
        do {
            let reader = try DatabaseQueue(path: source, configuration: configuration(isReadOnly: true))
            let writer = try DatabaseQueue(path: path, configuration: configuration(isReadOnly: false))
            // Nothing that stops in the midst of this is ever looked at: the file is synced once, when it is whole.
            try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
            try reader.backup(to: writer)
            try reader.close()
            try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            findings = try writer.read { try inspect($0, path: source) }
            try writer.close()
        } catch {
            throw failure(error, path: source)
        }
        try DurableFile.sync(path)
        return findings
    }

    /// What an opened file is.
    ///
    /// - Throws: ``StoreBackupError`` where it is damaged, none of a verifier's, or of a newer version.
    private static func inspect(_ database: Database, path: String) throws -> Findings {
        guard try database.tableExists("record"), try database.tableExists("grdb_migrations") else {
            throw StoreBackupError.notAStore(path: path)
        }
        let words = try String.fetchAll(database, sql: "PRAGMA integrity_check(10)")
        guard words == ["ok"] else {
            throw StoreBackupError.damaged(path: path, words: words.joined(separator: "; "))
        }
        let migrator = RecordSchema.migrator
        if try migrator.hasBeenSuperseded(database) { throw StoreBackupError.newerVersion(path: path) }
        guard let schema = try migrator.completedMigrations(database).last else {
            throw StoreBackupError.notAStore(path: path)
        }
        let bytes = try Int.fetchOne(
            database, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return Findings(schema: schema, bytes: bytes ?? 0)
    }

    /// The error that an error of SQLite's stands for.
    static func failure(_ error: any Error, path: String) -> StoreBackupError {
        if let error = error as? StoreBackupError { return error }
        guard let error = error as? DatabaseError else { return .failed(path: path, words: "\(error)") }
        // The code and SQLite's own words quote no values.
        let words = error.message ?? "SQLite code \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_NOTADB: return .notAStore(path: path)
        case .SQLITE_CORRUPT: return .damaged(path: path, words: words)
        default: return .failed(path: path, words: words)
        }
    }

    static func configuration(isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        }
        return configuration
    }
}
