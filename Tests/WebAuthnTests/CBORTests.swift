// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WebAuthn

@Suite struct CBORTests {
    /// RFC 8949 appendix A, as far as it is in CTAP2's form.
    @Test(
        arguments: [
            ([0x00], .unsigned(0)), ([0x17], .unsigned(23)), ([0x18, 0x18], .unsigned(24)),
            ([0x18, 0x64], .unsigned(100)),
            ([0x19, 0x03, 0xE8], .unsigned(1000)), ([0x1A, 0x00, 0x0F, 0x42, 0x40], .unsigned(1_000_000)),
            ([0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .unsigned(.max)), ([0x20], .negative(0)),
            ([0x38, 0x63], .negative(99)), ([0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .negative(.max)),
            ([0xF4], .boolean(false)), ([0xF5], .boolean(true)), ([0xF6], .null), ([0x40], .bytes([])),
            ([0x44, 1, 2, 3, 4], .bytes([1, 2, 3, 4])), ([0x60], .text("")), ([0x62, 0xC3, 0xBC], .text("ü")),
            ([0x80], .array([])), ([0x83, 1, 2, 3], .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
            ([0xA0], .map([])),
            ([0xA2, 1, 2, 3, 4], .map([.init(.unsigned(1), .unsigned(2)), .init(.unsigned(3), .unsigned(4))])),
        ] as [([UInt8], CBOR)])
    func valuesOfTheStandardAreReadAndWritten(bytes: [UInt8], value: CBOR) throws {
        #expect(try CBOR(decoding: bytes) == value)
        #expect(value.encoded() == bytes)
    }

    @Test(
        arguments: [
            ([], .truncated), ([0x18], .truncated), ([0x19, 1], .truncated), ([0x41], .truncated), ([0x81], .truncated),
            ([0xA1, 1], .truncated), ([0x5B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
            ([0x00, 0x00], .trailingBytes), ([0x18, 0x17], .notCanonical), ([0x19, 0x00, 0xFF], .notCanonical),
            ([0x1A, 0, 0, 0xFF, 0xFF], .notCanonical), ([0x1B, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], .notCanonical),
            ([0x58, 0x01, 0], .notCanonical), ([0x5F, 0xFF], .notCanonical), ([0x9F, 0xFF], .notCanonical),
            ([0xBF, 0xFF], .notCanonical), ([0xA2, 1, 1, 1, 2], .notCanonical), ([0xA2, 2, 1, 1, 2], .notCanonical),
            ([0xA2, 0x61, 0x61, 1, 0x01, 1], .notCanonical),
            ([0xA2, 0x62, 0x61, 0x61, 1, 0x61, 0x62, 1], .notCanonical),
            ([0xA2, 0x20, 1, 0x01, 1], .notCanonical), ([0x62, 0xC3, 0x28], .invalidText),
            ([0x61, 0x80], .invalidText),
            ([0xC0, 0], .unsupported), ([0xF9, 0, 0], .unsupported), ([0xF7], .unsupported),
            ([0xF8, 0x20], .unsupported),
            ([0xE0], .unsupported), ([0x1C], .unsupported), ([0xFF], .unsupported),
            ([0x81, 0x81, 0x81, 0x81, 0x81, 0x00], .tooDeep), ([0x9B, 0, 0, 0, 1, 0, 0, 0, 0], .tooMany),
            ([0xBB, 0, 0, 0, 1, 0, 0, 0, 0], .tooMany),
        ] as [([UInt8], CBORError)])
    func whatIsNotCanonicalIsRefused(bytes: [UInt8], error: CBORError) {
        #expect(throws: error) { try CBOR(decoding: bytes) }
    }

    @Test func valuesStandFiveDeepAtMost() throws {
        _ = try CBOR(decoding: [0x81, 0x81, 0x81, 0x81, 0x00])
    }

    @Test func thereAreAtMost1024Values() throws {
        let most = CBOR.array(.init(repeating: .null, count: 1023)).encoded()
        _ = try CBOR(decoding: most)
        #expect(throws: CBORError.tooMany) {
            try CBOR(decoding: CBOR.array(.init(repeating: .null, count: 1024)).encoded())
        }
        let nested = CBOR.array(.init(repeating: .array(.init(repeating: .null, count: 40)), count: 30)).encoded()
        #expect(throws: CBORError.tooMany) { try CBOR(decoding: nested) }
    }

    @Test func anEncodingHasAtMost64KiB() throws {
        _ = try CBOR(decoding: CBOR.bytes(.init(repeating: 0, count: 64 * 1024 - 5)).encoded())
        #expect(throws: CBORError.tooLong) {
            try CBOR(decoding: CBOR.bytes(.init(repeating: 0, count: 64 * 1024)).encoded())
        }
    }

    @Test func keysAreFoundAndPutInOrder() throws {
        let map = CBOR.map([
            .init(.text("fmt"), .text("none")), .init(.integer(-1), .integer(-7)), .init(.integer(3), .boolean(true)),
        ])
        let read = try CBOR(decoding: map.encoded())
        #expect(read.pairs?.map(\.key) == [.unsigned(3), .negative(0), .text("fmt")])
        #expect(read["fmt"]?.text == "none" && read[-1]?.integer == -7 && read[3] == .boolean(true))
        #expect(read["missing"] == nil && CBOR.null["fmt"] == nil)
        #expect(CBOR.negative(.max).integer == nil && CBOR.unsigned(.max).integer == nil)
    }
}
