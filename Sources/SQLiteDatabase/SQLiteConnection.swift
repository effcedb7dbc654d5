// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsqlite3
internal import Glibc

/// One open database, used by one thread at a time: only within the closures of ``SQLiteDatabase``.
package final class SQLiteConnection {
    /// The file.
    package let path: String
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// The most statements that are kept prepared.
    private static let maximumStatements = 32

    /// Opens a file, and makes it where it is missing; in either case it is the user's own and readable by nobody else.
    ///
    /// Every change is on the disk when its transaction has ended (WAL, `synchronous=FULL`).
    init(path: String, busyTimeoutMillis: Int32) throws(SQLiteError) {
        try Self.makePrivate(path)
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw SQLiteError(result: result, path: path, detail: String(cString: sqlite3_errstr(result)))
        }
        self.path = path
        self.handle = handle
        sqlite3_busy_timeout(handle, busyTimeoutMillis)
        try execute("PRAGMA journal_mode=WAL")
        try execute("PRAGMA synchronous=FULL")
        try execute("PRAGMA foreign_keys=ON")
        try execute("PRAGMA trusted_schema=OFF")
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Runs a statement to its end and returns its rows.
    ///
    /// - Parameter values: for the statement's `?`, in order.
    @discardableResult
    package func execute(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> [SQLiteRow] {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        guard sqlite3_bind_parameter_count(statement) == values.count else {
            throw SQLiteError(
                .failed, "a statement takes \(sqlite3_bind_parameter_count(statement)) values, not \(values.count)")
        }
        for (index, value) in values.enumerated() { try check(bind(value, to: statement, at: Int32(index + 1))) }
        var rows: [SQLiteRow] = []
        while true {
            let result = sqlite3_step(statement)
            if result == SQLITE_DONE { return rows }
            guard result == SQLITE_ROW else { throw failure(result) }
            rows.append(Self.row(of: statement))
        }
    }

    /// How many rows the last statement changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The version that the program gave to the tables (`PRAGMA user_version`).
    package func userVersion() throws(SQLiteError) -> Int64 {
        try execute("PRAGMA user_version").first?.integer(0) ?? 0
    }

    /// A number that changes when another connection has changed the database (`PRAGMA data_version`).
    package func dataVersion() throws(SQLiteError) -> Int64 {
        try execute("PRAGMA data_version").first?.integer(0) ?? 0
    }

    /// Runs a body in a transaction that holds the right to write from its start; it is undone where the body throws.
    package func transaction<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body(self)
            try execute("COMMIT")
            return result
        } catch {
            // The error of the body is the one to tell; SQLite undoes what is left when the connection closes.
            _ = try? execute("ROLLBACK")
            throw error
        }
    }

    /// Runs a body that only reads, and that sees the database as it is at one moment.
    package func snapshot<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
        try execute("BEGIN")
        defer { _ = try? execute("COMMIT") }
        return try body(self)
    }

    /// Brings the tables to the newest version: runs each migration that the file has not seen, in one transaction.
    ///
    /// - Throws: ``SQLiteError`` with ``SQLiteError/Code/newer`` where the file has seen more than there are.
    package func migrate(_ migrations: [@Sendable (SQLiteConnection) throws -> Void]) throws {
        let version = try userVersion()
        guard version <= migrations.count else {
            throw SQLiteError(
                .newer, "\(path) was made by a newer version (\(version) > \(migrations.count)); update this program")
        }
        guard version < migrations.count else { return }
        try transaction { connection in
            // Another process may have been faster.
            for migration in migrations.dropFirst(Int(max(0, try connection.userVersion()))) {
                try migration(connection)
            }
            try connection.execute("PRAGMA user_version = \(migrations.count)")
        }
    }

    private func prepared(_ sql: String) throws(SQLiteError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        guard let statement else { throw SQLiteError(.failed, "an empty statement") }
        if statements.count >= Self.maximumStatements {
            for old in statements.values { sqlite3_finalize(old) }
            statements = [:]
        }
        statements[sql] = statement
        return statement
    }

    private func bind(_ value: SQLiteValue, to statement: OpaquePointer, at index: Int32) -> Int32 {
        // SQLITE_TRANSIENT: SQLite copies the value.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .text(let value): return sqlite3_bind_text(statement, index, value, -1, transient)
        case .blob(let bytes):
            if bytes.isEmpty { return sqlite3_bind_zeroblob(statement, index, 0) }
            return sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), transient)
        }
    }

    private static func row(of statement: OpaquePointer) -> SQLiteRow {
        SQLiteRow(
            columns: (0..<sqlite3_column_count(statement)).map { column in
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
                case SQLITE_NULL: return .null
                case SQLITE_BLOB:
                    let count = Int(sqlite3_column_bytes(statement, column))
                    return .blob(
                        Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count)))
                default:
                    return .text(sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "")
                }
            })
    }

    private func check(_ result: Int32) throws(SQLiteError) {
        guard result == SQLITE_OK else { throw failure(result) }
    }

    private func failure(_ result: Int32) -> SQLiteError {
        SQLiteError(result: result, path: path, detail: String(cString: sqlite3_errmsg(handle)))
    }

    /// SQLite gives its journals the rights of the database's file, so that file is made first, with the right ones.
    private static func makePrivate(_ path: String) throws(SQLiteError) {
        let refused = SQLiteError(.notPermitted, "\(path) cannot be opened for writing; check its owner and rights")
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw errno == ENOSPC || errno == EDQUOT
                ? SQLiteError(result: SQLITE_FULL, path: path, detail: "") : refused
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            throw refused
        }
        guard status.st_mode & 0o177 == 0 || fchmod(file, 0o600) == 0 else { throw refused }
    }
}
