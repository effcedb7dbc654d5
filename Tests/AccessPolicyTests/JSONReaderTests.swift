// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import AccessPolicy

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws(JSONSyntaxError) -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    @Test(
        arguments: [
            ("null", .null), (" true ", .boolean(true)), ("false", .boolean(false)), ("0", .integer(0)),
            ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)), ("1.5", .decimal(1.5)),
            ("1e2", .decimal(100)), ("9223372036854775808", .decimal(9_223_372_036_854_775_808)),
            (#""""#, .string("")), (#""a\"\\\/\b\f\n\r\t\u0041""#, .string("a\"\\/\u{8}\u{c}\n\r\tA")),
            (#""\ud83d\ude00\u00fC""#, .string("😀ü")), (#""😀ü""#, .string("😀ü")), ("[]", .array([])),
            ("[1, 2]", .array([.integer(1), .integer(2)])),
            ("{}", .object([])), (#"{"a":{"b":null}}"#, .object([JSONMember("a", .object([JSONMember("b", .null)]))])),
        ] as [(String, JSONValue)])
    func readsValues(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
        #expect(try JSONReader.read(value.bytes) == value)
        #expect(try JSONReader.read(Array(value.text(isPretty: true).utf8)) == value)
    }

    @Test(
        arguments: [
            "", " ", "nul", "tru", "True", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "1e999", "[1,]",
            "[1",
            "[,1]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#,
            #"""#, #""a"#, "\"\u{1}\"", #""\x""#, #""\u12""#, #""\ud83d""#, #""\ud83dA""#, #""\udc00""#, #""\'""#,
            "1 2", "[] []", "null,", "\u{FEFF}null",
        ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(throws: JSONSyntaxError.self) { try read(text) }
    }

    @Test func refusesWhatIsNoUTF8() {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func hasABoundOfDepth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try read(nested(JSONReader.maximumDepth + 1)) }
        #expect(throws: JSONSyntaxError.self) { try read(nested(JSONReader.maximumDepth + 2)) }
        #expect(throws: JSONSyntaxError.self) { try read(String(repeating: "[", count: 1_000_000)) }
    }

    @Test func hasABoundOfBytes() {
        let bytes = Array(repeating: UInt8(ascii: " "), count: DocumentNode.maximumBytes + 1)
        #expect(throws: PolicyDocumentError.self) { try PolicyDocument.decode(bytes) }
    }

    /// Foundation's reader and this one take the vectors alike.
    @Test(arguments: [
        "semantics/conditions.json", "semantics/verification.json", "seed/first-phishing-resistant-rule.json",
    ])
    func readsWhatFoundationReads(file: String) throws {
        let bytes = try Vectors.bytes(file)
        let theirs = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? NSObject)
        let written = try JSONReader.read(bytes).bytes
        #expect(try JSONSerialization.jsonObject(with: Data(written)) as? NSObject == theirs)
    }
}
