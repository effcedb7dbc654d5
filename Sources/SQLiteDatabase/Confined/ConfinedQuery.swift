// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One SELECT of somebody else's, which may read a few tables in memory and do nothing else.
///
/// It is looked at twice. First over empty tables, to learn what it reads (``reads(among:)``); then over tables with nothing but
/// that (``answer(from:)``). So a column that was not seen to be read cannot be read: SQLite does not find it.
///
/// Blocks. One query runs at a time in a process, since the bound on SQLite's memory is the process's own.
package struct ConfinedQuery: Hashable, Sendable {
    /// What a query may take.
    package struct Limits: Hashable, Sendable {
        /// The longest query, in bytes of UTF-8.
        package var queryLength = 16 * 1024
        /// The longest answer, in bytes of UTF-8.
        package var answerLength = 256
        /// The longest text that it may make or meet on the way, in bytes.
        package var textLength: Int32 = 8 * 1024
        /// How many calls of functions that search a text its program may have; see ``ConfinedConnection/searches``.
        package var searches = 64
        /// How long it may run.
        package var time = Duration.seconds(2)
        /// How much memory SQLite may take for it, in bytes.
        package var memory: Int64 = 16 * 1024 * 1024

        /// The defaults.
        package init() {}
    }

    /// The statement.
    package let sql: String
    private let limits: Limits

    /// A query that is short enough.
    ///
    /// - Throws: ``ConfinedQueryError/tooLong(limit:)``, ``ConfinedQueryError/zeroByte``, ``ConfinedQueryError/notOneStatement``, or
    ///   ``ConfinedQueryError/notAllowed(_:)`` for the word NATURAL.
    package init(_ sql: String, limits: Limits = Limits()) throws(ConfinedQueryError) {
        guard sql.utf8.count <= limits.queryLength else { throw .tooLong(limit: limits.queryLength) }
        guard !sql.utf8.contains(0) else { throw .zeroByte }
        guard ConfinedConnection.isComplete(sql) else { throw .notOneStatement }
        // SQLite tells nobody of the columns that such a join compares, so that they would be missing, and the rest be joined
        // without them.
        let words = sql.utf8.split { !Self.isWordByte($0) }
        guard !words.contains(where: { Self.isNatural($0) }) else { throw .notAllowed("NATURAL JOIN") }
        self.sql = sql
        self.limits = limits
    }

    /// What it reads of a schema, whose tables need no rows.
    ///
    /// - Throws: ``ConfinedQueryError``.
    package func reads(among schema: [ConfinedTable]) throws(ConfinedQueryError) -> ConfinedReads {
        try ConfinedConnection.exclusively(limits) { connection throws(ConfinedQueryError) in
            try connection.fill(schema)
            return try connection.reads(of: sql, among: schema)
        }
    }

    /// Its one value as text, over these tables.
    ///
    /// - Throws: ``ConfinedQueryError``.
    package func answer(from tables: [ConfinedTable]) throws(ConfinedQueryError) -> String {
        try ConfinedConnection.exclusively(limits) { connection throws(ConfinedQueryError) in
            try connection.fill(tables)
            return try connection.answer(to: sql, among: tables)
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte >= 0x80
    }

    private static func isNatural(_ word: Substring.UTF8View) -> Bool {
        word.count == 7 && word.map { $0 | 0x20 } == Array("natural".utf8)
    }
}
