// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsqlite3
internal import Synchronization

/// A database in memory for one run of one query. Used on one thread.
final class ConfinedConnection {
    private let handle: OpaquePointer
    private let limits: ConfinedQuery.Limits

    /// Held while a query runs.
    private static let turn = Mutex(())

    /// Runs a body with a database of its own, while no other is used, and while SQLite may take no more memory than the limit.
    static func exclusively<Result: Sendable>(
        _ limits: ConfinedQuery.Limits,
        _ body: (ConfinedConnection) throws(ConfinedQueryError) -> Result
    ) throws(ConfinedQueryError) -> Result {
        try turn.withLock { _ throws(ConfinedQueryError) in
            sqlite3_hard_heap_limit64(sqlite3_memory_used() + limits.memory)
            defer { sqlite3_hard_heap_limit64(0) }
            return try body(try ConfinedConnection(limits))
        }
    }

    /// Whether a text ends with the `;` of a statement, comments and quotes understood.
    static func isComplete(_ sql: String) -> Bool { sqlite3_complete(sql) == 1 }

    private init(_ limits: ConfinedQuery.Limits) throws(ConfinedQueryError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(":memory:", &handle, flags, nil)
        guard result == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw .failed(String(cString: sqlite3_errstr(result)))
        }
        self.handle = handle
        self.limits = limits
        // A column whose name is misspelt in double quotes would be a text, and compare as one.
        countersign_sqlite3_take_no_quoted_texts(handle)
    }

    deinit { sqlite3_close_v2(handle) }

    // MARK: - What we say

    /// Makes tables and puts their rows into them.
    func fill(_ tables: [ConfinedTable]) throws(ConfinedQueryError) {
        // What is sorted on the way must not go to a file.
        try run("PRAGMA temp_store=MEMORY")
        for table in tables {
            let columns = Self.columns(of: table).map { "\"\($0)\" \((table.types[$0] ?? .text).rawValue)" }
            try run("CREATE TABLE \"\(table.name)\" (\(columns.joined(separator: ", ")))")
            for row in table.rows { try insert(row, into: table) }
        }
    }

    /// SQLite has no table without a column; one of which only the rows matter gets a column that nothing reads.
    private static func columns(of table: ConfinedTable) -> [String] { table.columns.isEmpty ? [" "] : table.columns }

    private func insert(_ row: [SQLiteValue], into table: ConfinedTable) throws(ConfinedQueryError) {
        guard row.count == table.columns.count else { throw .failed("a row of \(table.name) has not its columns") }
        let places = Self.columns(of: table).map { _ in "?" }.joined(separator: ", ")
        let (statement, _) = try prepared("INSERT INTO \"\(table.name)\" VALUES (\(places))")
        defer { sqlite3_finalize(statement) }
        for (index, value) in row.enumerated() { try check(bind(value, to: statement, at: Int32(index + 1))) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
    }

    private func bind(_ value: SQLiteValue, to statement: OpaquePointer?, at index: Int32) -> Int32 {
        // SQLite copies the bytes before the call returns (SQLITE_TRANSIENT, a macro that is not imported).
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .text(let text): sqlite3_bind_text(statement, index, text, Int32(clamping: text.utf8.count), copied)
        case .blob(let bytes): sqlite3_bind_blob(statement, index, bytes, Int32(clamping: bytes.count), copied)
        }
    }

    private func run(_ sql: String) throws(ConfinedQueryError) { try check(sqlite3_exec(handle, sql, nil, nil, nil)) }

    private func check(_ result: Int32) throws(ConfinedQueryError) {
        guard result == SQLITE_OK else { throw failure() }
    }

    private func failure() -> ConfinedQueryError {
        switch sqlite3_errcode(handle) & 0xFF {
        case SQLITE_NOMEM: .tooMuchMemory
        default: .failed(String(cString: sqlite3_errmsg(handle)))
        }
    }

    // MARK: - What they say

    /// What a statement reads of the tables; it is not run.
    func reads(of sql: String, among tables: [ConfinedTable]) throws(ConfinedQueryError) -> ConfinedReads {
        try confined(to: tables) { authorizer throws(ConfinedQueryError) in
            let statement = try foreign(sql, authorizer)
            sqlite3_finalize(statement)
            return authorizer.reads
        }
    }

    /// The one value of a statement.
    func answer(to sql: String, among tables: [ConfinedTable]) throws(ConfinedQueryError) -> String {
        try confined(to: tables) { authorizer throws(ConfinedQueryError) in
            let statement = try foreign(sql, authorizer)
            defer { sqlite3_finalize(statement) }
            let columns = Int(sqlite3_column_count(statement))
            guard columns == 1 else { throw .columns(columns) }
            try checkCalls(of: sql, authorizer)
            sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, limits.textLength)
            guard try step(statement, authorizer) else { throw .noRow }
            let value = try value(of: statement)
            guard try !step(statement, authorizer) else { throw .severalRows }
            return value
        }
    }

    /// Runs a body while SQLite asks the authorizer for everything, and keeps to the limits.
    private func confined<Result>(
        to tables: [ConfinedTable], _ body: (ConfinedAuthorizer) throws(ConfinedQueryError) -> Result
    ) throws(ConfinedQueryError) -> Result {
        for (limit, value) in Self.bounds(limits) { sqlite3_limit(handle, limit, value) }
        let authorizer = ConfinedAuthorizer(tables, deadline: .now + limits.time)
        let context = Unmanaged.passUnretained(authorizer).toOpaque()
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, _ in
                guard let context else { return SQLITE_DENY }
                let authorizer = Unmanaged<ConfinedAuthorizer>.fromOpaque(context).takeUnretainedValue()
                let (first, second) = (first.map { String(cString: $0) }, second.map { String(cString: $0) })
                return !authorizer.isOver() && authorizer.allows(action, first, second) ? SQLITE_OK : SQLITE_DENY
            }, context)
        sqlite3_progress_handler(
            handle, 100,
            { context in
                guard let context else { return 1 }
                return Unmanaged<ConfinedAuthorizer>.fromOpaque(context).takeUnretainedValue().isOver() ? 1 : 0
            }, context)
        defer {
            sqlite3_set_authorizer(handle, nil, nil)
            sqlite3_progress_handler(handle, 0, nil, nil)
            withExtendedLifetime(authorizer) {}
        }
        return try body(authorizer)
    }

    private static func bounds(_ limits: ConfinedQuery.Limits) -> [(Int32, Int32)] {
        [
            // A statement and its program hold the query itself, which may be longer than a text on the way.
            (SQLITE_LIMIT_LENGTH, max(limits.textLength, Int32(clamping: 2 * limits.queryLength))),
            (SQLITE_LIMIT_SQL_LENGTH, Int32(clamping: limits.queryLength + explain.utf8.count)),
            (SQLITE_LIMIT_COLUMN, 256), (SQLITE_LIMIT_EXPR_DEPTH, 64), (SQLITE_LIMIT_COMPOUND_SELECT, 16),
            (SQLITE_LIMIT_VDBE_OP, 25_000), (SQLITE_LIMIT_FUNCTION_ARG, 16), (SQLITE_LIMIT_ATTACHED, 0),
            (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 128), (SQLITE_LIMIT_VARIABLE_NUMBER, 0),
            (SQLITE_LIMIT_TRIGGER_DEPTH, 0), (SQLITE_LIMIT_WORKER_THREADS, 0),
        ]
    }

    /// Refuses a program with two-argument `trim`, or with more searches than the limit.
    ///
    /// SQLite looks at the time where its program jumps, and never within a call. So what runs between two jumps is bounded by
    /// counting the calls in the program itself, where a part that is written once and used often stands often.
    private func checkCalls(of sql: String, _ authorizer: ConfinedAuthorizer) throws(ConfinedQueryError) {
        let statement = try foreign(Self.explain + sql, authorizer)
        defer { sqlite3_finalize(statement) }
        var searches = 0
        while try step(statement, authorizer) {
            // The column p4 of a call is the function's name with the number of its arguments in brackets; that of String8 is
            // any text of the query.
            guard let name = sqlite3_column_text(statement, 1), let operand = sqlite3_column_text(statement, 5),
                String(cString: name) != "String8"
            else { continue }
            let call = String(cString: operand)
            guard !Self.slow.contains(call) else { throw .notAllowed("\(call.dropLast(3)) with two arguments") }
            if Self.searches.contains(call) { searches += 1 }
            guard searches <= limits.searches else {
                throw .notAllowed("more than \(limits.searches) searches of texts")
            }
        }
    }

    /// Makes a statement answer with the program that SQLite made of it; each step is a row.
    private static let explain = "EXPLAIN "
    /// The calls that take a step for each character of one text and each of another.
    private static let slow: Set<String> = ["trim(2)", "ltrim(2)", "rtrim(2)"]
    /// The calls that look for one text at each character of another.
    static let searches: Set<String> = ["instr(2)", "replace(3)", "like(2)", "like(3)", "glob(2)"]

    /// Prepares the one statement of a text.
    private func foreign(_ sql: String, _ authorizer: ConfinedAuthorizer) throws(ConfinedQueryError) -> OpaquePointer {
        let statement: OpaquePointer?
        let rest: Int
        do throws(ConfinedQueryError) { (statement, rest) = try prepared(sql) } catch {
            throw explained(error, authorizer)
        }
        guard let statement else { throw .notOneStatement }
        // Of VACUUM the authorizer hears nothing.
        guard sqlite3_stmt_readonly(statement) != 0 else {
            sqlite3_finalize(statement)
            throw .notAllowed("anything but SELECT")
        }
        guard sql.utf8.suffix(rest).allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else {
            sqlite3_finalize(statement)
            throw .notOneStatement
        }
        return statement
    }

    /// A statement, and how many bytes follow it.
    private func prepared(_ sql: String) throws(ConfinedQueryError) -> (OpaquePointer?, Int) {
        var statement: OpaquePointer?
        var rest = 0
        let result = sql.withCString { text in
            var tail: UnsafePointer<CChar>?
            let result = sqlite3_prepare_v2(handle, text, -1, &statement, &tail)
            if let tail { rest = sql.utf8.count - (tail - text) }
            return result
        }
        try check(result)
        return (statement, rest)
    }

    /// Whether there is a row.
    private func step(
        _ statement: OpaquePointer, _ authorizer: ConfinedAuthorizer
    ) throws(ConfinedQueryError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw explained(failure(), authorizer)
        }
    }

    private func explained(_ error: ConfinedQueryError, _ authorizer: ConfinedAuthorizer) -> ConfinedQueryError {
        if authorizer.isLate { return .tookTooLong }
        return authorizer.refusal.map(ConfinedQueryError.notAllowed) ?? error
    }

    /// The value of the first column, as SQLite writes it as text.
    private func value(of statement: OpaquePointer) throws(ConfinedQueryError) -> String {
        switch sqlite3_column_type(statement, 0) {
        case SQLITE_NULL: throw .null
        case SQLITE_BLOB: throw .notText
        default: break
        }
        guard let bytes = sqlite3_column_text(statement, 0) else { throw .tooMuchMemory }
        let count = Int(sqlite3_column_bytes(statement, 0))
        guard count <= limits.answerLength else { throw .answerTooLong(limit: limits.answerLength) }
        let buffer = UnsafeBufferPointer(start: bytes, count: count)
        guard !buffer.contains(0), let text = String(validating: buffer, as: UTF8.self) else { throw .notText }
        return text
    }
}
