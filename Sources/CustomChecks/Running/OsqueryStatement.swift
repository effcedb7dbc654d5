// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import SQLiteDatabase

/// The text of a query as osqueryi's shell would split it, which runs one statement after another.
///
/// Nothing of osqueryi's own says what a query does before it is run, so what could do more than read is refused by its words.
struct OsqueryStatement {
    /// The statement, without blanks before it.
    let sql: String

    private static let refused: Set<String> = [
        "alter", "analyze", "attach", "begin", "commit", "create", "delete", "detach", "drop", "insert", "pragma",
        "reindex",
        "release", "rollback", "savepoint", "update", "vacuum",
    ]

    /// A query that is one SELECT.
    ///
    /// - Throws: ``ConfinedQueryError/notAllowed(_:)`` for one that is neither SELECT nor WITH or has a word of what changes
    ///   something outside quotes and comments, and ``ConfinedQueryError/notOneStatement`` where anything follows the first `;`.
    init(_ query: ConfinedQuery) throws(ConfinedQueryError) {
        sql = String(query.sql.drop { $0.isWhitespace })
        let first = sql.prefix { $0.isLetter }.lowercased()
        guard first == "select" || first == "with" else { throw .notAllowed("anything but SELECT") }
        let bare = Self.bare(Array(sql.utf8))
        guard let end = bare.firstIndex(of: UInt8(ascii: ";")), bare[(end + 1)...].allSatisfy(Self.isBlank) else {
            throw .notOneStatement
        }
        for word in bare.split(whereSeparator: { !Self.isWordByte($0) }) {
            let name = String(decoding: word, as: UTF8.self).lowercased()
            // The function of this name is followed by its arguments; the statement never is.
            let isCall = bare[word.endIndex...].first { !Self.isBlank($0) } == UInt8(ascii: "(")
            guard !Self.refused.contains(name), name != "replace" || isCall else {
                throw .notAllowed(name.uppercased())
            }
        }
    }

    /// The bytes with quotes as `"` and comments as a blank, as SQLite reads them ("SQL Comment Syntax", "SQLite Keywords").
    private static func bare(_ bytes: [UInt8]) -> [UInt8] {
        var bare: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch (bytes[index], next) {
            case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _), (UInt8(ascii: "`"), _):
                bare.append(UInt8(ascii: "\""))
                index = end(of: [bytes[index]], in: bytes, from: index + 1)
            case (UInt8(ascii: "["), _):
                bare.append(UInt8(ascii: "\""))
                index = end(of: [UInt8(ascii: "]")], in: bytes, from: index + 1)
            case (UInt8(ascii: "-"), UInt8(ascii: "-")):
                bare.append(0x20)
                index = end(of: [0x0A], in: bytes, from: index + 2)
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                bare.append(0x20)
                index = end(of: [UInt8(ascii: "*"), UInt8(ascii: "/")], in: bytes, from: index + 2)
            default:
                bare.append(bytes[index])
                index += 1
            }
        }
        return bare
    }

    /// The index after the first place where a mark stands, or after the last byte where it stands nowhere.
    private static func end(of mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) { return index + mark.count }
            index += 1
        }
        return bytes.count
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte >= 0x80
    }
}
