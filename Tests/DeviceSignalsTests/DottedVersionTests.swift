// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@Suite struct DottedVersionTests {
    @Test(
        arguments: [
            ("22.04", "22.10"), ("22.10", "24.04"), ("12", "12.1"), ("12.9", "12.10"), ("9", "10"), ("0", "0.0.1"),
            ("6.1.0", "6.1.0.1"), ("11.99.99", "12"),
        ] as [(String, String)])
    func ordersComponentsAsNumbers(older: String, newer: String) throws {
        let (older, newer) = (try #require(DottedVersion(older)), try #require(DottedVersion(newer)))
        #expect(older < newer)
        #expect(!(newer < older))
        #expect(older != newer)
    }

    @Test(
        arguments: [("12", "12.0"), ("12", "12.0.0"), ("22.04", "22.4"), ("0", "0.0"), ("007", "7")]
            as [(String, String)])
    func takesZerosThatDoNotMatterAsEqual(left: String, right: String) throws {
        let (left, right) = (try #require(DottedVersion(left)), try #require(DottedVersion(right)))
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(!(left < right) && !(right < left))
    }

    @Test(
        arguments: [
            "", ".", "1.", ".1", "1..2", "-1", "+1", "1.-2", " 1", "1 ", "1.2a", "trixie/sid", "1234567890",
            "1.2.3.4.5.6.7.8.9",
            "١٢", "1,2", "0x10", "40.rawhide",
        ] as [String])
    func refusesWhatIsNoVersion(text: String) {
        #expect(DottedVersion(text) == nil)
    }

    @Test func takesEightComponentsOfNineDigits() throws {
        let text = Array(repeating: "999999999", count: 8).joined(separator: ".")
        #expect(try #require(DottedVersion(text)).components == Array(repeating: 999_999_999, count: 8))
    }

    @Test func isATotalOrder() throws {
        let versions = try ["0", "0.1", "1", "1.0.1", "1.2", "1.10", "2", "10"].map { try #require(DottedVersion($0)) }
        #expect(versions.shuffled().sorted() == versions)
    }
}
