// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@Suite struct JSONTests {
    private struct Body: Codable { var name: String }

    @Test(arguments: [
        ("{}", "'name' is missing at the top"), (#"{"name": 1}"#, "a value of the wrong type at name"),
        ("not json", "not JSON"), ("", "not JSON"), ("[]", "a value of the wrong type at the top"),
    ])
    func failureSaysWhereWithoutQuoting(text: String, reason: String) {
        let failure = #expect(throws: JSONFailure.self) { try JSON.decode(Body.self, from: Array(text.utf8)) }
        #expect(failure?.reason == reason)
    }

    @Test func bodyOverItsLimitIsNotRead() {
        let bytes = Array(#"{"name":"\#(String(repeating: "a", count: 100))"}"#.utf8)
        #expect(throws: JSONFailure.self) { try JSON.decode(Body.self, from: bytes, limit: 50) }
    }

    @Test func nestingWithoutEndIsRefusedWithoutACrash() {
        let bytes = Array((String(repeating: #"{"name":"#, count: 20_000)).utf8)
        #expect(throws: JSONFailure.self) { try JSON.decode(Body.self, from: bytes) }
    }
}
