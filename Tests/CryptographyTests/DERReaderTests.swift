// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct DERReaderTests {
    @Test(
        arguments: [
            ([0x02, 1, 0], 0), ([0x02, 1, 0x7F], 127), ([0x02, 2, 0, 0x80], 128), ([0x02, 2, 1, 0], 256),
            ([0x02, 9, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .max),
        ] as [([UInt8], UInt64)])
    func integersAreRead(bytes: [UInt8], value: UInt64) throws {
        var reader = DERReader(bytes)
        #expect(try reader.unsignedInteger() == value)
        #expect(reader.isAtEnd)
    }

    @Test(
        arguments: [
            [], [0x02], [0x02, 0], [0x02, 1], [0x02, 1, 0x80], [0x02, 2, 0, 1], [0x02, 0x81, 1, 5], [0x03, 1, 0],
            [0x02, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], [0x02, 0x80, 0, 0], [0x1F, 1, 0],
        ] as [[UInt8]])
    func integersThatAreNoneAreRefused(bytes: [UInt8]) {
        var reader = DERReader(bytes)
        #expect(throws: CryptographyError.malformedDER) { try reader.unsignedInteger() }
    }

    @Test(
        arguments: [
            ([0x06, 3, 0x55, 0x1D, 0x11], "2.5.29.17"), ([0x06, 1, 0x2A], "1.2"),
            ([0x06, 9, 0x2B, 6, 1, 4, 1, 0x82, 0xC4, 0x0A, 3], "1.3.6.1.4.1.41482.3"),
            ([0x06, 3, 0x88, 0x37, 3], "2.999.3"),
        ] as [([UInt8], String)])
    func objectIdentifiersAreRead(bytes: [UInt8], text: String) throws {
        var reader = DERReader(bytes)
        #expect(try reader.objectIdentifier() == text)
    }

    @Test(
        arguments: [
            [0x06, 0], [0x06, 1, 0x80], [0x06, 2, 0x2A, 0x80], [0x06, 3, 0x2A, 0x80, 1], [0x06, 2, 0x2A],
            [0x06, 10, 0x2A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        ] as [[UInt8]])
    func objectIdentifiersThatAreNoneAreRefused(bytes: [UInt8]) {
        var reader = DERReader(bytes)
        #expect(throws: CryptographyError.malformedDER) { try reader.objectIdentifier() }
    }

    @Test func lengthsAreMinimalAndInside() throws {
        var long = DERReader([0x04, 0x81, 0x80] + [UInt8](repeating: 7, count: 128))
        #expect(try long.contents(DERReader.Tag.octetString).count == 128)
        for bytes in [[0x04, 0x81, 0x7F], [0x04, 0x82, 0, 0x80], [0x04, 0x83, 1, 0, 0]] as [[UInt8]] {
            var reader = DERReader(bytes + [UInt8](repeating: 0, count: 70_000))
            #expect(throws: CryptographyError.malformedDER) { try reader.next() }
        }
        var high = DERReader([0x1F, 1, 0])
        #expect(throws: CryptographyError.malformedDER) { try high.next() }
        var outside = DERReader([0x30, 2, 0x04, 5])
        var inner = try outside.inside(DERReader.Tag.sequence)
        #expect(throws: CryptographyError.malformedDER) { try inner.next() }
        #expect(throws: CryptographyError.malformedDER) { try DERReader([0]).end() }
    }
}
