// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import SQLiteDatabase
import TestSupport
import Testing

@Suite struct SQLiteDatabaseTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { folder.path + "/test.sqlite" }

    private static let table: @Sendable (SQLiteConnection) throws -> Void = {
        try $0.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE, c BLOB) STRICT")
    }

    private func code(_ body: () async throws -> some Any) async -> SQLiteError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? SQLiteError)?.code
        }
    }

    @Test func valuesComeBackAsTheyWent() async throws {
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        try await database.write {
            try $0.execute("INSERT INTO t VALUES (?, ?, ?)", [.integer(-7), .text("ä"), .blob([0, 1, 255])])
            try $0.execute("INSERT INTO t VALUES (?, ?, ?)", [.integer(8), .null, .blob([])])
        }
        let rows = try await database.read { try $0.execute("SELECT a, b, c FROM t ORDER BY a") }
        #expect(
            rows.map(\.columns) == [[.integer(-7), .text("ä"), .blob([0, 1, 255])], [.integer(8), .null, .blob([])]])
        #expect(throws: SQLiteError.self) { try rows[1].text(1) }
        #expect(throws: SQLiteError.self) { try rows[0].integer(9) }
    }

    @Test func fileAndJournalsAreTheUsersAlone() async throws {
        umask(0)
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, 'x', NULL)") }
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(lstat(path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
        }
    }

    @Test func fileOpenToOthersIsClosed() async throws {
        close(open(path, O_CREAT | O_RDWR, 0o666))
        chmod(path, 0o666)
        _ = try await SQLiteDatabase.open(path)
        var status = stat()
        lstat(path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func transactionThatThrowsLeavesNothing() async throws {
        struct Stop: Error {}
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        await #expect(throws: Stop.self) {
            try await database.write {
                try $0.execute("INSERT INTO t VALUES (1, 'x', NULL)")
                throw Stop()
            }
        }
        #expect(try await database.read { try $0.execute("SELECT * FROM t") }.isEmpty)
    }

    @Test func everyCommitIsDurable() async throws {
        let database = try await SQLiteDatabase.open(path)
        #expect(try await database.read { try $0.execute("PRAGMA synchronous") }.first?.columns == [.integer(2)])
        #expect(try await database.read { try $0.execute("PRAGMA journal_mode") }.first?.columns == [.text("wal")])
    }

    @Test func migrationsRunOnce() async throws {
        for _ in 0..<2 { _ = try await SQLiteDatabase.open(path, migrations: [Self.table]) }
        let database = try await SQLiteDatabase.open(
            path, migrations: [Self.table, { try $0.execute("ALTER TABLE t ADD d TEXT") }])
        #expect(try await database.read { try $0.userVersion() } == 2)
        #expect(try await database.read { try $0.execute("SELECT d FROM t") }.isEmpty)
    }

    @Test func newerFileIsRefused() async throws {
        _ = try await SQLiteDatabase.open(path, migrations: [Self.table, { _ in }])
        #expect(await code { try await SQLiteDatabase.open(path, migrations: [Self.table]) } == .newer)
    }

    @Test func failedMigrationLeavesTheOldVersion() async throws {
        _ = try await SQLiteDatabase.open(path, migrations: [Self.table])
        let broken: @Sendable (SQLiteConnection) throws -> Void = {
            try $0.execute("CREATE TABLE u (a)")
            try $0.execute("no statement")
        }
        #expect(await code { try await SQLiteDatabase.open(path, migrations: [Self.table, broken]) } == .failed)
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        #expect(try await database.read { try $0.execute("SELECT name FROM sqlite_master WHERE name = 'u'") }.isEmpty)
    }

    @Test func fileThatIsNoDatabaseIsCorrupt() async throws {
        try String(repeating: "this is no database. ", count: 100).write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(await code { try await SQLiteDatabase.open(path) } == .corrupt)
    }

    @Test func damagedPageIsCorrupt() async throws {
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        try await database.write { connection in
            for row in 0..<2000 {
                try connection.execute(
                    "INSERT INTO t VALUES (?, ?, NULL)", [.integer(Int64(row)), .text("row \(row)")])
            }
        }
        _ = try await database.read { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        let file = open(path, O_RDWR)
        let noise = [UInt8](repeating: 0xA5, count: 32 * 1024)
        pwrite(file, noise, noise.count, 8192)
        close(file)
        let reopened = try await SQLiteDatabase.open(path, migrations: [Self.table])
        #expect(await code { try await reopened.read { try $0.execute("SELECT * FROM t ORDER BY b") } } == .corrupt)
    }

    @Test func uniqueRowIsAConstraint() async throws {
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, 'x', NULL)") }
        #expect(
            await code { try await database.write { try $0.execute("INSERT INTO t VALUES (2, 'x', NULL)") } }
                == .constraint)
    }

    @Test func otherWriterIsWaitedForOnlySoLong() async throws {
        let first = try await SQLiteDatabase.open(path, migrations: [Self.table])
        let second = try await SQLiteDatabase.open(path, busyTimeoutMillis: 50, migrations: [Self.table])
        _ = try await first.read { try $0.execute("BEGIN IMMEDIATE") }
        #expect(
            await code { try await second.write { try $0.execute("INSERT INTO t VALUES (1, 'x', NULL)") } } == .busy)
    }

    @Test func anotherConnectionsChangeShows() async throws {
        let first = try await SQLiteDatabase.open(path, migrations: [Self.table])
        let second = try await SQLiteDatabase.open(path, migrations: [Self.table])
        let before = try await first.read { try $0.dataVersion() }
        try await first.write { try $0.execute("INSERT INTO t VALUES (1, 'x', NULL)") }
        #expect(try await first.read { try $0.dataVersion() } == before)
        try await second.write { try $0.execute("INSERT INTO t VALUES (2, 'y', NULL)") }
        #expect(try await first.read { try $0.dataVersion() } != before)
    }

    @Test func fullDiskIsSaidAndNothingIsLost() async throws {
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, 'x', NULL)") }
        _ = try await database.read { try $0.execute("PRAGMA max_page_count = 4") }
        #expect(
            await code {
                try await database.write { connection in
                    try connection.execute("INSERT INTO t VALUES (2, 'y', zeroblob(1000000))")
                }
            } == .diskFull)
        #expect(try await database.read { try $0.execute("SELECT a FROM t") }.map(\.columns) == [[.integer(1)]])
    }

    @Test func linkAndFolderAreNoFiles() async throws {
        symlink(folder.path + "/elsewhere", path)
        #expect(await code { try await SQLiteDatabase.open(path) } == .notPermitted)
        #expect(await code { try await SQLiteDatabase.open(folder.path) } == .notPermitted)
        #expect(await code { try await SQLiteDatabase.open(folder.path + "/no/such/folder") } == .notPermitted)
    }

    @Test func wrongNumberOfValuesIsAnError() async throws {
        let database = try await SQLiteDatabase.open(path, migrations: [Self.table])
        #expect(await code { try await database.read { try $0.execute("SELECT ?", []) } } == .failed)
    }
}
