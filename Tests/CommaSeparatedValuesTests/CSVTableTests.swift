// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CommaSeparatedValues
import Testing

@Suite struct CSVTableTests {
    private func texts(_ text: String) throws -> [[String]] {
        let table = try CSVTable(parsing: Array(text.utf8))
        return ([table.header] + table.rows).map { $0.map(\.text) }
    }

    private func failure(_ bytes: [UInt8]) -> String? {
        do throws(CSVError) {
            _ = try CSVTable(parsing: bytes)
            return nil
        } catch { return error.description }
    }

    @Test(
        arguments: [
            ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\n,\n", [["a", "b"], ["", ""]]),
            ("a\n\n", [["a"], [""]]),
            ("a\n\"\"\n", [["a"], [""]]),
            ("a,b\n\"x, \"\"y\"\"\",\"two\r\nlines\"\n", [["a", "b"], ["x, \"y\"", "two\r\nlines"]]),
            ("\u{FEFF}a\nGrüße 🔑\n", [["a"], ["Grüße 🔑"]]),
            ("a, b\n 1 ,2\n", [["a", " b"], [" 1 ", "2"]]),
        ] as [(String, [[String]])])
    func tablesAreRead(text: String, rows: [[String]]) throws {
        #expect(try texts(text) == rows)
    }

    @Test(
        arguments: [
            ("", "line 1, column 1: the file is empty"),
            ("a,b\n1\n", "line 2, column 1: the row has 1 values"),
            ("a,b\n1,2\n\n", "line 3, column 1: the row has 1 values"),
            ("a,b\nü1\"2\",2\n", "line 2, column 3: a quote within"),
            ("a,b\n\"1\"2,2\n", "line 2, column 4: a comma or the end"),
            ("a,b\n1,\"2\n3", "line 2, column 3: a quote that is never closed"),
            ("a,b\r1,2\n", "line 1, column 4: a carriage return without"),
        ])
    func whatIsNotClearIsRefusedWithItsPlace(text: String, problem: String) {
        #expect(failure(Array(text.utf8))?.hasPrefix(problem) == true, "\(failure(Array(text.utf8)) ?? "read")")
    }

    @Test func anotherEncodingIsRefusedWithItsPlace() {
        let latin1 = Array("name\nGr".utf8) + [0xFC, 0xDF] + Array("e\n".utf8)
        #expect(failure(latin1) == "line 2, column 3: the text is not UTF-8")
        #expect(failure([0xFF, 0xFE, 0x61, 0x00]) == "line 1, column 1: the text is not UTF-8")
    }

    @Test func thereAreBounds() {
        #expect(failure([UInt8](repeating: 0x61, count: CSVTable.maximumLength + 1))?.contains("longer than") == true)
        #expect(failure([UInt8](repeating: 0x61, count: CSVTable.maximumField + 1))?.contains("longer than") == true)
        #expect(failure([UInt8](repeating: 0x2C, count: CSVTable.maximumColumns))?.contains("columns") == true)
        let rows = "a\n" + String(repeating: "1\n", count: CSVTable.maximumRows)
        #expect(failure(Array(rows.utf8)) == nil)
        #expect(failure(Array((rows + "1\n").utf8))?.contains("more than 50000 rows") == true)
    }

    @Test func whatIsWrittenIsReadAsItWas() throws {
        let rows = [
            ["login", "name"], ["", ""], ["a,b", "\"q\""], ["two\nlines", "\r"], ["\u{FEFF}x", "e\u{301}"],
            ["=1+1", " "],
        ]
        #expect(try texts(CSVTable.text(rows)) == rows)
        #expect(CSVTable.text([["a"], [""]]) == "a\r\n\"\"\r\n")
    }
}
