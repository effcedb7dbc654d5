// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Testing

@testable import DevicePosture

/// JSON of any form.
@Suite struct JSONValueTests {
    private func parse(_ text: String) -> JSONValue? { JSONValue(parsing: Array(text.utf8)) }

    @Test func readsEachKind() {
        let value = parse(#"{"a": [1, 2.5, true, null, "x", {}], "b": -3}"#)
        #expect(value?["a"]?.array == [.number(1), .number(2.5), .boolean(true), .null, .string("x"), .object([:])])
        #expect(value?["b"]?.integer == -3)
        #expect(parse(#"["a", "b"]"#)?.strings == ["a", "b"])
        #expect(parse(#"["a", 1]"#)?.strings == nil)
        #expect(parse("1")?.boolean == nil)
        #expect(parse("2.5")?.integer == nil)
    }

    @Test(arguments: ["", "{", "{'a': 1}", "nul", "\u{0}", "[1] 2", "{\"a\" 1}"])
    func refusesWhatIsNone(text: String) {
        #expect(parse(text) == nil)
    }

    /// Threads of a queue have half a megabyte of stack.
    @Test(arguments: [(32, true), (33, false), (500, false), (100_000, false)] as [(Int, Bool)])
    func depthIsBounded(depth: Int, isRead: Bool) async {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let value = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: JSONValue(parsing: Array(text.utf8))) }
        }
        #expect((value != nil) == isRead)
        let nested = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        #expect((parse(nested) != nil) == isRead)
        #expect(parse("[\"\(text)\\\"\(text)\"]") != nil)
    }
}
