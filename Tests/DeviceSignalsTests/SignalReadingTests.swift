// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Testing

@Suite struct SignalReadingTests {
    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test(
        arguments: [
            SignalState.known(.string("debian")), .known(.boolean(true)), .known(.boolean(false)), .known(.integer(42)),
            .known(.strings(["a", "b"])), .known(.strings([])), .unknown(reason: "why"),
            .notApplicable(reason: "no screen"),
        ] as [SignalState])
    func survivesTheWayThroughJSON(state: SignalState) throws {
        let reading = SignalReading(
            state, source: "/etc/os-release", collectedAt: 1_750_000_000, privilege: .root, evidence: ["a line"])
        let decoded = try JSONDecoder().decode(SignalReading.self, from: Data(try json(reading).utf8))
        #expect(decoded == reading)
    }

    @Test func isSpelledAsDocumented() throws {
        let reading = SignalReading(.known(.boolean(true)), source: "s", collectedAt: 7)
        #expect(
            try json(reading) == #"{"collectedAt":7,"privilege":"user","source":"s","state":"known","value":true}"#)
        let unknown = SignalReading(.unknown(reason: "r"), source: "s", collectedAt: 7, evidence: ["e"])
        #expect(
            try json(unknown)
                == #"{"collectedAt":7,"evidence":["e"],"privilege":"user","reason":"r","source":"s","state":"unknown"}"#
        )
    }

    @Test(
        arguments: [
            #"{"state":"known","source":"s","collectedAt":1,"privilege":"user"}"#,
            #"{"state":"unknown","value":false,"source":"s","collectedAt":1,"privilege":"user"}"#,
            #"{"state":"maybe","value":true,"source":"s","collectedAt":1,"privilege":"user"}"#,
            #"{"state":"known","value":{"a":1},"source":"s","collectedAt":1,"privilege":"user"}"#,
            #"{"state":"known","value":null,"source":"s","collectedAt":1,"privilege":"user"}"#,
            #"{"state":"known","value":true,"source":"s","collectedAt":1,"privilege":"kernel"}"#,
            #"{"value":true,"source":"s","collectedAt":1,"privilege":"user"}"#,
        ] as [String])
    func isRefusedWhereItIsMalformed(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(SignalReading.self, from: Data(text.utf8)) }
    }

    @Test(arguments: [SignalState.unknown(reason: "r"), .notApplicable(reason: "r")] as [SignalState])
    func hasNoValueUnlessItIsKnown(state: SignalState) {
        #expect(SignalReading(state, source: "s", collectedAt: 0).value == nil)
    }

    @Test func snapshotIsAnObjectOfNames() throws {
        let name = SignalName(rawValue: "notOfThisBuild")
        let snapshot = PostureSnapshot([name: SignalReading(.known(.integer(1)), source: "s", collectedAt: 2)])
        let text = try json(snapshot)
        #expect(text.hasPrefix(#"{"notOfThisBuild":{"#))
        #expect(try JSONDecoder().decode(PostureSnapshot.self, from: Data(text.utf8)) == snapshot)
    }

    @Test func namesSortByTheirSpelling() {
        #expect([SignalName.secureBoot, .model, .osName].sorted() == [.model, .osName, .secureBoot])
    }

    @Test(
        arguments: [
            (SignalValue.boolean(true), "yes"), (.boolean(false), "no"), (.integer(3), "3"),
            (.strings(["a", "b"]), "a, b"),
        ] as [(SignalValue, String)])
    func valuesAreDescribedForAPerson(value: SignalValue, text: String) {
        #expect(value.description == text)
    }
}
