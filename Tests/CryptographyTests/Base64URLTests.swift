// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct Base64URLTests {
    @Test(
        arguments: [
            ("", []), ("Zg", [0x66]), ("Zm8", [0x66, 0x6F]), ("Zm9v", [0x66, 0x6F, 0x6F]), ("-_8", [0xFB, 0xFF]),
            ("AAAA", [0, 0, 0]), ("____", [0xFF, 0xFF, 0xFF]),
        ] as [(String, [UInt8])])
    func oneSpellingStandsForEachSequence(text: String, bytes: [UInt8]) throws {
        #expect(Base64URL.encode(bytes) == text)
        #expect(try Base64URL.decode(text) == bytes)
    }

    @Test(arguments: [
        "A", "Zm9vA", "Zg==", "Zm8=", "Zm 9v", "Zm9v\n", "\tZm9v", "+_8", "-/8", "Zh", "Zm9", "-_9", "Zmé", "Z.9v",
        "Zg\u{0}",
    ])
    func otherSpellingsAreRefused(text: String) {
        #expect(throws: CryptographyError.notBase64URL) { try Base64URL.decode(text) }
    }

    @Test(arguments: 0...67)
    func bytesOfAnyLengthComeBack(length: Int) throws {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
        #expect(try Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
}
