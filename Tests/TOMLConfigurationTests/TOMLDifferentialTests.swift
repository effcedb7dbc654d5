// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import TOMLConfiguration

/// The parser beside that of Python's library (`tomllib`, since Python 3.11), on texts that are nearly TOML.
@Suite struct TOMLDifferentialTests {
    /// Texts that are TOML, out of whose pieces others are made.
    private static let seeds = [
        "locked = [\"organizations\", 'log.level']\n[[organizations]]\naddress = \"https://id.example.com\"\nkey = \"tpm\"\n",
        "[loopback]\nports = [5000, 0x1_f, -7] # two\n[pinentry]\r\nprogram = \"/usr/bin/p\\u0069n\"\n[log]\nlevel = 'debug'\n",
        "osquery = { program = \"/usr/bin/q\", tables = [\"a\", \"b\",\n], x.y = true, z = {} }\n",
        "a.b.c = 1\na.b.d = \"\"\"\n two\\\n   lines\"\"\"\n[a.e]\nf = '''x'y'''\n[[a.g]]\n[[a.g]]\nh.i = false\n",
        "\"q\".'r'.s = +0\n[t.u.v]\nw = 0o7\n[t]\nx = 0b1\n[t.u]\ny = []\n",
    ]
    private static let pieces = [
        "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\n", "\r\n", "\r", " ", "\t", "#", "\"", "'", "\"\"\"", "'''",
        "\\", "a", "b",
        "a.b", "[a]\n", "[a.b]\n", "[[a]]\n", "a = 1\n", "a.b = 2\n", "0", "1", "_", "-", "+", "0x", "true", "false",
        "é", "\\n", "\\u0041", "\\U0001F600",
    ]
    private static let judge = """
        import json, sys, tomllib
        def told(value):
            if isinstance(value, dict): return {"t": {k: told(v) for k, v in value.items()}}
            if isinstance(value, list): return {"a": [told(v) for v in value]}
            if isinstance(value, (bool, str)) : return {"v": value}
            return {"v": str(value)} if isinstance(value, int) else {"o": 1}
        def judged(text):
            try: return json.dumps(told(tomllib.loads(text)), sort_keys=True)
            except (tomllib.TOMLDecodeError, RecursionError): return None
        json.dump([judged(text) for text in json.load(sys.stdin)], sys.stdout)
        """

    private struct Numbers: RandomNumberGenerator {
        var state: UInt64 = 20_261_126
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
        }
    }

    private static func python(_ arguments: [String], input: Data) throws -> Data? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let file = FileManager.default.temporaryDirectory.appending(path: "toml-\(UUID().uuidString).json")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let answer = try output.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? answer ?? Data() : nil
    }

    private static func text(_ numbers: inout Numbers) -> String {
        var lines =
            (seeds.randomElement(using: &numbers) ?? "")
            + (Bool.random(using: &numbers) ? seeds.randomElement(using: &numbers) ?? "" : "")
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let scalars = Array(lines.unicodeScalars)
            let start = Int.random(in: 0...scalars.count, using: &numbers)
            let end = min(
                scalars.count, start + (Bool.random(using: &numbers) ? 0 : Int.random(in: 0...6, using: &numbers)))
            let piece = pieces.randomElement(using: &numbers) ?? ""
            lines = ""
            lines.unicodeScalars += scalars[..<start] + Array(piece.unicodeScalars) + scalars[end...]
        }
        return lines
    }

    private static func told(_ value: TOMLValue) -> Any {
        switch value {
        case .string(let text): ["v": text]
        case .integer(let number): ["v": String(number)]
        case .boolean(let flag): ["v": flag]
        case .array(let array): ["a": array.nodes.map { told($0.value) }]
        case .table(let table): ["t": table.nodes.mapValues { told($0.value) }]
        case .other: ["o": 1]
        }
    }

    private static func hasOther(_ value: TOMLValue) -> Bool {
        switch value {
        case .other: true
        case .array(let array): array.nodes.contains { hasOther($0.value) }
        case .table(let table): table.nodes.values.contains { hasOther($0.value) }
        default: false
        }
    }

    private static let isThere = (try? python(["-c", "import tomllib"], input: Data())).flatMap(\.self) != nil

    @Test("20,000 texts that are nearly TOML are read, or refused, as Python does", .enabled(if: isThere))
    func texts() throws {
        var numbers = Numbers()
        let texts = (0..<20_000).map { _ in Self.text(&numbers) }
        let input = try JSONSerialization.data(withJSONObject: texts)
        let answer = try #require(try Self.python(["-c", Self.judge], input: input))
        let judged = try #require(try JSONSerialization.jsonObject(with: answer) as? [Any])
        try #require(judged.count == texts.count)
        var taken = 0
        for (text, theirs) in zip(texts, judged) {
            let ours = try? TOMLParser.parse(text)
            if let ours, Self.hasOther(.table(ours)) { continue }
            guard let theirs = theirs as? String else {
                #expect(ours == nil, "Python refuses \(text.debugDescription)")
                continue
            }
            guard let ours else {
                Issue.record("Python takes \(text.debugDescription)")
                continue
            }
            taken += 1
            let expected = try #require(try JSONSerialization.jsonObject(with: Data(theirs.utf8)) as? NSDictionary)
            #expect(expected == Self.told(.table(ours)) as? NSDictionary, "\(text.debugDescription)")
        }
        #expect(taken > 1000, "many of the texts are TOML")
    }
}
