// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SQLiteDatabase

/// Queries of strangers: each thing that they may not do is tried, and what they may do is what SQLite does.
@Suite struct ConfinedQueryTests {
    private static let tables = [
        ConfinedTable("os", columns: ["name", "major"], rows: [[.text("debian"), .integer(12)]]),
        ConfinedTable(
            "disk", columns: ["path", "kind"], rows: [[.text("/"), .text("LUKS2")], [.text("/srv"), .null]]),
    ]

    private func answer(_ sql: String, _ change: (inout ConfinedQuery.Limits) -> Void = { _ in }) throws -> String {
        var limits = ConfinedQuery.Limits()
        change(&limits)
        return try ConfinedQuery(sql, limits: limits).answer(from: Self.tables)
    }

    private func failure(
        _ sql: String, _ change: (inout ConfinedQuery.Limits) -> Void = { _ in }
    ) -> ConfinedQueryError? {
        do {
            _ = try answer(sql, change)
            return nil
        } catch {
            return error as? ConfinedQueryError
        }
    }

    // MARK: - What it may do

    @Test(
        "a query answers as SQLite does",
        arguments: [
            ("SELECT name FROM os;", "debian"), ("SELECT major FROM os;", "12"), ("SELECT 1.5;", "1.5"),
            ("SELECT count(*) FROM disk;", "2"), ("  select\n1 ; \n", "1"), ("SELECT 'a;b';", "a;b"),
            ("SELECT '';", ""),
            ("SELECT /* ; */ 1 -- ;\n;", "1"), ("SELECT NAME FROM OS;", "debian"),
            ("SELECT \"name\" FROM [os];", "debian"),
            ("SELECT CASE WHEN major >= 12 THEN 1 ELSE 0 END AS ok FROM os;", "1"),
            ("WITH d AS (SELECT kind FROM disk) SELECT group_concat(kind) FROM d;", "LUKS2"),
            ("SELECT count(*) FROM disk WHERE path LIKE '/%' AND kind IS NULL;", "1"),
            ("SELECT upper(name) || major FROM os JOIN disk ON path = '/';", "DEBIAN12"),
            ("SELECT typeof(rowid) FROM os;", "integer"), ("SELECT (SELECT major FROM os) = 12;", "1"),
            ("SELECT max(n) FROM (SELECT 1 AS n UNION ALL SELECT 2);", "2"), ("SELECT 0.1 + 0.2;", "0.3"),
            ("SELECT 9223372036854775807 + 1;", "9.22337203685478e+18"), ("SELECT 'ä€';", "ä€"),
        ])
    func answers(sql: String, expected: String) throws { #expect(try answer(sql) == expected) }

    private static let program = "/usr/bin/sqlite3"

    @Test(
        "the command line of SQLite says the same of what is allowed",
        .enabled(if: FileManager.default.isExecutableFile(atPath: program), "needs sqlite3"))
    func sqliteAgrees() throws {
        let schema =
            "CREATE TABLE os(name,major); INSERT INTO os VALUES('debian',12);"
            + "CREATE TABLE disk(path,kind); INSERT INTO disk VALUES('/','LUKS2'),('/srv',NULL);"
        for sql in [
            "SELECT round(avg(major) / 7, 3) FROM os;", "SELECT hex('abc') || instr('hello', 'l');",
            "SELECT count(DISTINCT kind) FROM disk;", "SELECT substr('abcdef', -3, 2);", "SELECT 7 / 2;",
            "SELECT 7 % -3;",
            "SELECT '10' < 9;", "SELECT CAST('12.9' AS INTEGER);", "SELECT 1e3;", "SELECT -0.0;",
            "SELECT strftime('%Y', '2026-11-26');", "SELECT path FROM disk ORDER BY kind DESC LIMIT 1 OFFSET 1;",
            "SELECT total(major) FROM os WHERE 0;", "SELECT 'A' = 'a' COLLATE NOCASE;", "SELECT 'x' GLOB '[w-y]';",
        ] {
            let process = Process()
            process.executableURL = URL(filePath: Self.program)
            process.arguments = [":memory:", schema + sql]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(try answer(sql) + "\n" == output, "\(sql)")
        }
    }

    @Test("what is read is told by table and column") func reads() throws {
        func reads(_ sql: String) throws -> ConfinedReads { try ConfinedQuery(sql).reads(among: Self.tables) }
        #expect(try reads("SELECT 1;") == [:])
        #expect(try reads("SELECT Name FROM OS;") == ["os": ["name"]])
        #expect(try reads("SELECT count(*) FROM disk;") == ["disk": []])
        #expect(try reads("SELECT 1 FROM os WHERE major = 1 LIMIT 0;") == ["os": ["major"]])
        #expect(try reads("SELECT 1 FROM (SELECT * FROM disk), os;") == ["disk": ["path", "kind"], "os": []])
        #expect(try reads("SELECT CASE WHEN 1 THEN 1 ELSE (SELECT kind FROM disk) END;") == ["disk": ["kind"]])
    }

    @Test("a column that was not seen to be read cannot be read") func unseenColumns() throws {
        // SQLite tells nobody of the columns of USING.
        let query = try ConfinedQuery("SELECT count(*) FROM os JOIN disk USING (name);")
        let schema = [ConfinedTable("os", columns: ["name"]), ConfinedTable("disk", columns: ["name"])]
        let reads = try query.reads(among: schema)
        #expect(reads == [:])
        #expect(throws: ConfinedQueryError.self) { try query.answer(from: []) }
        let hidden = [ConfinedTable("os", columns: []), ConfinedTable("disk", columns: [])]
        #expect(throws: ConfinedQueryError.self) { try query.answer(from: hidden) }
    }

    // MARK: - What it may not do

    @Test(
        "anything but reading the tables is refused",
        arguments: [
            ("ATTACH '/etc/passwd' AS p;", "ATTACH"), ("DETACH main;", "DETACH"), ("PRAGMA user_version;", "PRAGMA"),
            ("PRAGMA writable_schema=1;", "PRAGMA"), ("INSERT INTO os VALUES (1, 2);", "INSERT"),
            ("DELETE FROM os;", "DELETE"), ("UPDATE os SET name = 1;", "UPDATE"), ("BEGIN;", "a transaction"),
            ("SAVEPOINT a;", "a savepoint"), ("VACUUM INTO '/tmp/countersign-confined';", "anything but SELECT"),
            ("CREATE TABLE x (a);", "INSERT"), ("CREATE VIRTUAL TABLE x USING fts5(a);", "INSERT"),
            ("SELECT load_extension('/tmp/x.so');", "the function load_extension"),
            ("SELECT randomblob(1000000000);", "the function randomblob"),
            ("SELECT hex(zeroblob(1000000000));", "the function zeroblob"),
            ("SELECT readfile('/etc/passwd');", "the function readfile"),
            ("SELECT writefile('/tmp/x', 'x');", "the function writefile"),
            ("SELECT printf('%*d', 1000000000, 1);", "the function printf"),
            ("SELECT sqlite_version();", "the function sqlite_version"),
            ("SELECT fts3_tokenizer('simple');", "the function fts3_tokenizer"),
            ("SELECT sql FROM sqlite_master;", "the table sqlite_master, which is not among those of custom checks"),
            (
                "SELECT count(*) FROM sqlite_schema;",
                "the table sqlite_schema, which is not among those of custom checks"
            ),
            (
                "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r;",
                "a recursive SELECT"
            ),
            ("WITH r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT count(n) FROM r;", "a recursive SELECT"),
            ("SELECT a.name FROM os a NATURAL JOIN disk b;", "NATURAL JOIN"),
        ])
    func refused(sql: String, what: String) {
        let failure = failure(sql)
        guard case .failed = failure else {
            #expect(failure == .notAllowed(what), "\(sql)")
            return
        }
        // A function that this SQLite does not have cannot be called either.
        #expect(
            failure?.description.contains("no such function") == true || sql.contains("fts5"),
            "\(sql) \(failure as Any)")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/countersign-confined"))
    }

    @Test("functions that make tables, and virtual tables, are refused")
    func tableFunctions() {
        for sql in [
            "SELECT name FROM pragma_database_list;", "SELECT 1 FROM pragma_table_list;",
            "SELECT value FROM json_each('[1]');",
            "SELECT count(*) FROM dbstat;", "SELECT value FROM generate_series(1, 9);",
            "SELECT count(*) FROM sqlite_stmt;",
        ] { #expect(failure(sql) != nil, "\(sql)") }
    }

    @Test(
        "one statement that ends with a semicolon",
        arguments: [
            "", " ", ";", " ; ", "SELECT 1", "SELECT 1 --;", "SELECT 1 /* ; */", "SELECT ';", "SELECT 1; SELECT 2;",
            "SELECT 1;;", "SELECT 1; -- more", "SELECT 1; /* more */", "SELECT 1; ATTACH 'x' AS y;", "-- only;\n;",
        ])
    func oneStatement(sql: String) { #expect(failure(sql) == .notOneStatement) }

    @Test("one row and one column, which is a text") func oneValue() {
        #expect(failure("SELECT name FROM os WHERE 0;") == .noRow)
        #expect(failure("SELECT path FROM disk;") == .severalRows)
        #expect(failure("SELECT name, major FROM os;") == .columns(2))
        #expect(failure("SELECT * FROM os;") == .columns(2))
        #expect(failure("EXPLAIN SELECT 1;") == .columns(8))
        #expect(failure("SELECT kind FROM disk WHERE path = '/srv';") == .null)
        #expect(failure("SELECT x'414243';") == .notText)
        #expect(failure("SELECT 'a' || char(0) || 'b';") == .notText)
        #expect(failure("SELECT CAST(x'ff' AS TEXT);") == .notText)
        #expect(failure("SELECT 'a\0b';") == .zeroByte)
        #expect(failure("SELECT nme FROM os;")?.description.contains("no such column") == true)
        #expect(failure("SELECT \"nme\" FROM os;")?.description.contains("no such column") == true)
        #expect(failure("SELEC 1;")?.description.contains("syntax error") == true)
        #expect(failure("SELECT ?;") == .failed("too many SQL variables"))
    }

    @Test("an answer and a query have a length") func lengths() throws {
        let long = String(repeating: "a", count: 256)
        #expect(try answer("SELECT '\(long)';") == long)
        #expect(failure("SELECT '\(long)a';") == .answerTooLong(limit: 256))
        #expect(try answer("SELECT 1 /* \(String(repeating: "a", count: 16 * 1024 - 16)) */;") == "1")
        #expect(failure("SELECT '\(String(repeating: "€", count: 86))';") == .answerTooLong(limit: 256))
        #expect(failure("SELECT 1 /* \(String(repeating: "a", count: 16 * 1024)) */;") == .tooLong(limit: 16 * 1024))
    }

    // MARK: - What it may take

    /// A join of so many rows that it runs for days.
    private static let endless: String = {
        let ten = (1...10).map { "SELECT \($0) AS n" }.joined(separator: " UNION ALL ")
        let names = (1...16).map { "t\($0)" }.joined(separator: ", ")
        let sum = (1...16).map { "t\($0).n" }.joined(separator: " + ")
        return "WITH " + (1...16).map { "t\($0) AS (\(ten))" }.joined(separator: ", ")
            + " SELECT max(\(sum)) FROM \(names);"
    }()

    @Test("a query that does not end is ended") func time() {
        let start = ContinuousClock.now
        #expect(failure(Self.endless) { $0.time = .milliseconds(200) } == .tookTooLong)
        #expect(start.duration(to: .now) < .seconds(2))
    }

    @Test(
        "a statement without a jump has only so many searches, however they are written",
        arguments: [
            "instr(name, 'b')", "replace(name, 'b', 'c') = 'd'", "(name LIKE '%b')", "(name GLOB 'b*')",
            "like('b', name, 'c')",
        ])
    func searches(call: String) throws {
        func sql(_ count: Int) -> String {
            "SELECT " + Array(repeating: call, count: count).joined(separator: " + ") + " FROM os;"
        }
        let refusal = ConfinedQueryError.notAllowed("more than 8 searches of texts")
        #expect(throws: Never.self) { try answer(sql(8)) { $0.searches = 8 } }
        #expect(failure(sql(9)) { $0.searches = 8 } == refusal)
        // Written once and used nine times, which the authorizer hears of once.
        let uses = Array(repeating: "n", count: 9).joined(separator: " + ")
        #expect(failure("SELECT \(uses) FROM (SELECT \(call) AS n FROM os);") { $0.searches = 8 } == refusal)
        #expect(ConfinedQuery.Limits().searches == 64)
    }

    @Test("a text is trimmed of blanks alone", arguments: ["trim", "ltrim", "rtrim"]) func trim(name: String) throws {
        #expect(try answer("SELECT \(name)('a');") == "a")
        #expect(failure("SELECT \(name)('a', 'b');") == .notAllowed("\(name) with two arguments"))
        #expect(try answer("SELECT '\(name)(2)';") == "\(name)(2)")
        #expect(failure("SELECT max(\(name)(name, 'b')) FROM os;") == .notAllowed("\(name) with two arguments"))
    }

    @Test("a text on the way has a length") func texts() throws {
        func sql(_ length: Int) -> String { "SELECT length('\(String(repeating: "a", count: length))');" }
        #expect(try answer(sql(8 * 1024)) == "8192")
        #expect(failure(sql(8 * 1024 + 1))?.description.contains("too big") == true)
    }

    @Test("a text does not grow without end") func textLength() {
        let ten = "replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa')"
        let grown = (0..<6).reduce(ten) { text, _ in "replace(\(text), 'a', 'aaaaaaaaaa')" }
        #expect(failure("SELECT length(\(grown));")?.description.contains("too big") == true)
    }

    @Test("what is gathered on the way has a bound") func memory() {
        let ten = (1...10).map { "SELECT \($0) AS n" }.joined(separator: " UNION ALL ")
        let names = (1...8).map { "t\($0)" }.joined(separator: ", ")
        let key = (1...8).map { "t\($0).n" }.joined(separator: " || ',' || ")
        let sql =
            "WITH " + (1...8).map { "t\($0) AS (\(ten))" }.joined(separator: ", ")
            + " SELECT count(k) FROM (SELECT DISTINCT \(key) || '\(String(repeating: "a", count: 1000))' AS k FROM \(names));"
        #expect(failure(sql) { $0.time = .seconds(60) } == .tooMuchMemory)
    }

    @Test("a query that doubles again and again as it is understood is ended") func expansion() {
        var parts = ["a0 AS (SELECT 1 AS n)"]
        for level in 1...60 { parts.append("a\(level) AS (SELECT x.n FROM a\(level - 1) x, a\(level - 1) y)") }
        let start = ContinuousClock.now
        let failure = failure("WITH \(parts.joined(separator: ", ")) SELECT count(n) FROM a60;")
        #expect(failure != nil)
        #expect(start.duration(to: .now) < .seconds(5))
        // The memory of the process's other databases is theirs again.
        #expect(throws: Never.self) { try answer("SELECT 1;") }
    }

    @Test("deep and wide queries are refused, not run out of stack") func shapes() {
        let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
        #expect(failure("SELECT \(deep);") != nil)
        #expect(failure("SELECT 1" + String(repeating: " + 1", count: 500) + ";") != nil)
        #expect(failure((0..<100).map { _ in "SELECT 1" }.joined(separator: " UNION ") + ";") != nil)
        #expect(
            failure("SELECT '\(String(repeating: "a", count: 400))' LIKE '\(String(repeating: "%a", count: 100))b';")
                != nil)
    }
}
