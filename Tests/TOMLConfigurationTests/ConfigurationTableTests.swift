// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import TOMLConfiguration
import Testing

/// Reading a table by name and type, and telling where a fault is.
@Suite struct ConfigurationTableTests {
    private static func error(in text: String) -> ConfigurationError? {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationTable.reading(text, guide: "docs/guide.md") { root throws(ConfigurationError) in
                _ = try root.string("name")
                let inner = try root.section("inner")
                _ = try inner.number("count", in: 1...9)
                try inner.finish()
                for table in try root.sections("many") {
                    _ = try table.bool("flag")
                    try table.finish()
                }
            }
        }
    }

    struct Place: Sendable, CustomTestStringConvertible {
        let text: String
        let key: String?
        let line: Int?
        let column: Int?
        var testDescription: String { text }
    }

    @Test(
        "a fault is told with its line and column",
        arguments: [
            Place(text: "name = 1", key: "name", line: 1, column: 1),
            Place(text: "\n# name = 1\n\n   name = 1", key: "name", line: 4, column: 4),
            Place(text: "name = \"a\"\nnmae = 2", key: "nmae", line: 2, column: 1),
            Place(text: "[inner]\ncount = 3\ncuont = 4\n", key: "inner.cuont", line: 3, column: 1),
            Place(text: "[inner]\n\tcount = 10\n", key: "inner.count", line: 2, column: 2),
            Place(text: "inner.count = 10", key: "inner.count", line: 1, column: 1),
            Place(text: "inner = { count = 10 }", key: "inner.count", line: 1, column: 11),
            Place(text: "inner = 5", key: "inner", line: 1, column: 1),
            Place(text: "name = \"\"\"\ninner = 5\n[other]\n\"\"\"\nother = 1", key: "other", line: 5, column: 1),
            Place(text: "name = \"x\" # [other]\r\n\r\n[other]\r\n", key: "other", line: 3, column: 1),
            Place(
                text: "[[many]]\nflag = true\n[[many]]\n flag = 1\n[[many]]\nflag = 2", key: "many[1].flag", line: 4,
                column: 2),
            Place(text: "many = [\n  { flag = true },\n  { flag = 1 },\n]", key: "many[1].flag", line: 3, column: 5),
            Place(text: "name = \"a\"\nname = \"b\"", key: nil, line: 2, column: 1),
            Place(text: "name = \"é\" 5", key: nil, line: 1, column: 12),
            Place(text: "name = \n", key: nil, line: 1, column: 8),
        ])
    func places(place: Place) {
        let error = Self.error(in: place.text)
        #expect(error?.key == place.key)
        #expect(error?.line == place.line)
        #expect(error?.column == place.column)
    }

    @Test("a key that is not known is refused, with where to look") func unknown() {
        let error = Self.error(in: "color = 1")
        #expect(error?.description == "line 1, column 1: 'color' is not a key of this file")
        #expect(error?.hint?.contains("docs/guide.md") == true)
    }

    @Test(
        "a table's head that does not begin with a key is an error, not the end",
        arguments: [
            "[\u{e9}]", "[!]", "[ !]", "[", "[[", "[[!", "[#]", "[[]]", "[ [a]]", "  [=]", "name = \"a\"\n[\u{16}a]",
            "\u{feff}[!]", "\u{a0}[!]", "[]",
        ])
    func headers(text: String) {
        let error = Self.error(in: text)
        #expect(error?.description.contains("not TOML") == true)
        #expect(error?.line != nil)
    }

    @Test(
        "a bracket at the beginning of a line within an array or a text is none",
        arguments: ["other = \"\"\"\n[!]\"\"\"", "[inner]\ncount = 1\n['more']\n", "['inner']\n [ \"inner\".x ]"])
    func brackets(text: String) {
        #expect(Self.error(in: text)?.description.contains("not TOML") != true)
    }

    @Test("a key that is not there is told where its table begins") func absent() {
        let positions = ConfigurationPositions(of: "a = 1\n[inner]\nb = 2\n")
        #expect(positions["inner.c"]?.line == 2)
        #expect(positions["c"] == nil)
    }
}
