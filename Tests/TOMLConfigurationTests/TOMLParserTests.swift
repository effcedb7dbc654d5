// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TOMLConfiguration

/// What is TOML, what it means, and what is none.
@Suite struct TOMLParserTests {
    struct Document: Sendable, CustomTestStringConvertible {
        let text: String
        let json: String
        var testDescription: String { text }
    }

    @Test(
        "a text means what TOML says",
        arguments: [
            Document(text: "", json: "{}"),
            Document(text: "# nothing\r\n\n \t# more", json: "{}"),
            Document(text: "a=1\r\nb = \"x\" # y\nc='z'", json: #"{"a":1,"b":"x","c":"z"}"#),
            Document(text: "1-_ = true\n\"ä\" = false\n'b c' = 0", json: #"{"1-_":true,"b c":0,"ä":false}"#),
            Document(text: "a . b\t.\"c\" = 1\na.d = 2", json: #"{"a":{"b":{"c":1},"d":2}}"#),
            Document(text: "[a.b]\nc = 1\n[a]\nd = 2\n[ a . 'e' ]", json: #"{"a":{"b":{"c":1},"d":2,"e":{}}}"#),
            Document(text: "a.b.c = 1\n[a.b.d]\ne = 2", json: #"{"a":{"b":{"c":1,"d":{"e":2}}}}"#),
            Document(
                text: "[[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]\n[[a.e]]\n[[a.e]]\nf = 3",
                json: #"{"a":[{"b":1,"c":{"d":2}},{"e":[{},{"f":3}]}]}"#),
            Document(text: "[x.y]\nz = 1\n[x]\ny2.k = 2", json: #"{"x":{"y":{"z":1},"y2":{"k":2}}}"#),
            Document(text: "a = [ 1, [\"b\", 'c'], # d\n\n {e = 1} , ]", json: #"{"a":[1,["b","c"],{"e":1}]}"#),
            Document(text: "a = []\nb = [\n]\nc = {}\nd = { }", json: #"{"a":[],"b":[],"c":{},"d":{}}"#),
            Document(text: "a = { b.c = 1, b.d = [\n2\n], 'e' = {} }", json: #"{"a":{"b":{"c":1,"d":[2]},"e":{}}}"#),
            Document(
                text: "a = +1_000\nb = -0\nc = 0xdead_BEEF\nd = 0o17\ne = 0b11\nf = -9223372036854775808",
                json: #"{"a":1000,"b":0,"c":3735928559,"d":15,"e":3,"f":-9223372036854775808}"#),
            Document(
                text: #"a = "\b\t\n\f\r\"\\\u00e9\U0001F600""#,
                json: #"{"a":"\u{08}\t\n\u{0C}\r\"\\é😀"}"#),
            Document(text: #"a = 'C:\x\"'"#, json: #"{"a":"C:\\x\\\""}"#),
            Document(text: "a = \"\"\"\r\nb\r\nc\"\"\"", json: #"{"a":"b\nc"}"#),
            Document(text: "a = \"\"\"b \\\n   \n\t c\"\"\"", json: #"{"a":"b c"}"#),
            Document(text: "a = \"\"\"b \\ \r\n c \\u0041\"\"\"", json: #"{"a":"b c A"}"#),
            Document(text: "a = \"\"\"\"\"b\"\"c\"\"\"\"\"", json: #"{"a":"\"\"b\"\"c\"\""}"#),
            Document(text: "a = '''\nb\\'\n''''", json: #"{"a":"b\\\'\n\'"}"#),
            Document(text: "a = \"\"\"\"\"\"\"", json: #"{"a":"\""}"#),
            Document(text: "a = \"\"\"\"\"\"\nb = \"\"\nc = ''''''", json: #"{"a":"","b":"","c":""}"#),
            Document(
                text: "a = 1.5\nb = -1e9\nc = inf\nd = 1979-05-27 07:32:00Z # x\ne = [1979-05-27, 07:32:00]",
                json: #"{"a":?,"b":?,"c":?,"d":?,"e":[?,?]}"#),
        ])
    func meaning(document: Document) throws {
        #expect(TOMLParserTests.json(.table(try TOMLParser.parse(document.text))) == document.json)
    }

    @Test(
        "what is no TOML is an error with a place",
        arguments: [
            "a", "a =", "a = ", "= 1", "a = 1 b = 2", "a = 1 2", "a b = 1", "a. = 1", ".a = 1", "a..b = 1", "a = b",
            "é = 1",
            "a = 01", "a = 1_", "a = _1", "a = 1__0", "a = +0x1", "a = 0x", "a = 0xg", "a = 0b2", "a = -01", "a = +",
            "a = tru",
            "a = 9223372036854775808", "a = -9223372036854775809", "a = True", "a = \u{0}", "\u{0}",
            "a = \"", "a = \"b", "a = \"b\n\"", "a = \"\\x\"", "a = \"\\u12\"", "a = \"\\ud800\"",
            "a = \"\\U00110000\"",
            "a = \"\u{1}\"", "a = \"\u{7F}\"", "a = '\n'", "a = 'b", "a = '\r'", "a = \"\"\"b", "a = \"\"\"\\ b\"\"\"",
            "a = \"\"\"\r\"\"\"", "a = '''b''", "# \u{1}", "a = 1 # \r b", "a = 1\rb = 2",
            "a = [", "a = [1", "a = [1 2]", "a = [,]", "a = [1,,2]", "a = [1}", "a = { b = 1", "a = {b = 1,}",
            "a = {,}",
            "a = {b = 1\n}", "a = {\n}", "a = { b }", "a = { t = [}", "a = {b = 1, b = 2}", "a = {b = 1, b.c = 2}",
            "a = }", "a = ]",
            "[a", "[a]]", "[[a]", "[a] b = 1", "[a.]", "[]", "[a]\n[a]", "[a]\n[[a]]", "[[a]]\n[a]", "a = 1\n[a]",
            "a = 1\n[a.b]",
            "a = 1\na = 2", "a.b = 1\n[a]", "a = {}\n[a]", "a = {}\n[a.b]", "a = {}\na.b = 1",
            "a = {b = {}}\na.b.c = 1",
            "a = []\n[[a]]", "a = [{}]\n[a.b]", "[a.b]\n[a]\nb.c = 1", "[a.b.c]\n[a]\nb.c.d = 1",
            "[[a.b]]\n[a]\nb.c = 1",
            "[a]\nb.c = 1\n[a.b]", "a.b = 1\na.b.c = 2", "[a]\nb = 1\n[a.b.c]",
        ])
    func errors(text: String) {
        let error = #expect(throws: ConfigurationError.self) { _ = try TOMLParser.parse(text) }
        #expect(error?.problem.hasPrefix("not TOML: ") == true)
        #expect(error?.line != nil && error?.column != nil)
    }

    @Test("a text that nests too deep, or a key of too many parts, is an error") func depth() throws {
        for (open, close) in [("[", "]"), ("{a=", "}")] {
            func nested(_ depth: Int) -> String {
                "a = " + String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            }
            _ = try TOMLParser.parse(nested(TOMLParser.deepest - 1))
            #expect(throws: ConfigurationError.self) { _ = try TOMLParser.parse(nested(TOMLParser.deepest)) }
            #expect(throws: ConfigurationError.self) { _ = try TOMLParser.parse(nested(100_000)) }
        }
        func key(_ parts: Int) -> String { Array(repeating: "a", count: parts).joined(separator: ".") }
        _ = try TOMLParser.parse("[\(key(TOMLParser.deepest))]")
        #expect(throws: ConfigurationError.self) { _ = try TOMLParser.parse("[\(key(TOMLParser.deepest + 1))]") }
        #expect(throws: ConfigurationError.self) { _ = try TOMLParser.parse("\(key(100_000)) = 1") }
    }

    /// JSON with sorted keys, `?` where nothing more is known of a value, and control characters as Swift writes them.
    static func json(_ value: TOMLValue) -> String {
        switch value {
        case .string(let text): text.debugDescription
        case .integer(let number): String(number)
        case .boolean(let flag): String(flag)
        case .array(let array): "[" + array.nodes.map { json($0.value) }.joined(separator: ",") + "]"
        case .table(let table):
            "{"
                + table.nodes.sorted { $0.key < $1.key }.map { "\($0.key.debugDescription):\(json($0.value.value))" }
                .joined(separator: ",") + "}"
        case .other: "?"
        }
    }
}
