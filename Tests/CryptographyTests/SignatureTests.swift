// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct SignatureTests {
    private static let message = Array("a message".utf8)

    @Test(arguments: SignatureAlgorithm.allCases)
    func aSignatureVerifies(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        #expect(key.algorithm == algorithm)
        let signature = try key.sign(Self.message)
        let expected: [SignatureAlgorithm: Int] = [.es256: 64, .es384: 96, .edDSA: 64, .rs256: 256]
        #expect(signature.count == expected[algorithm])
        #expect(key.publicKey.verifies(signature, of: Self.message))
        #expect(try PublicKey(key.publicKey.material) == key.publicKey)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func anyChangedByteOfASignatureIsNoticed(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signature = try key.sign(Self.message)
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x01
            #expect(!key.publicKey.verifies(changed, of: Self.message))
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func anotherMessageOrKeyIsNoticed(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signature = try key.sign(Self.message)
        #expect(!key.publicKey.verifies(signature, of: Self.message + [0]))
        #expect(!key.publicKey.verifies(signature, of: []))
        #expect(!(try PrivateKey.generate(algorithm)).publicKey.verifies(signature, of: Self.message))
    }

    @Test(arguments: [0, 1, 63, 65, 128])
    func signaturesOfAnotherLengthAreRefused(length: Int) throws {
        let key = try PrivateKey.generate(.es256)
        #expect(!key.publicKey.verifies([UInt8](repeating: 1, count: length), of: Self.message))
    }

    @Test func nothingMayFollowASignature() throws {
        let key = try PrivateKey.generate(.es256)
        let signature = try key.sign(Self.message)
        #expect(key.publicKey.verifies(signature, of: Self.message))
        #expect(!key.publicKey.verifies(signature + [0], of: Self.message))
        #expect(!key.publicKey.verifies([0] + signature, of: Self.message))
    }

    @Test func zeroesAreNoSignature() throws {
        let key = try PrivateKey.generate(.es256)
        #expect(!key.publicKey.verifies([UInt8](repeating: 0, count: 64), of: Self.message))
    }

    @Test func derAndRawSpellTheSameSignature() throws {
        let raw = [UInt8](repeating: 0, count: 31) + [1] + [0x80] + [UInt8](repeating: 0, count: 31)
        let der = try ECDSASignature.der(fromRaw: raw, coordinateSize: 32)
        #expect(der == [0x30, 0x26, 0x02, 0x01, 0x01, 0x02, 0x21, 0x00, 0x80] + [UInt8](repeating: 0, count: 31))
        #expect(try ECDSASignature.raw(fromDER: der, coordinateSize: 32) == raw)
    }

    @Test(
        arguments: [
            [], [0x30], [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01], [0x02, 0x01, 0x01],
            [0x30, 0x26, 0x02, 0x21, 0x01] + [UInt8](repeating: 0, count: 32) + [0x02, 0x01, 0x01],
        ] as [[UInt8]])
    func brokenDERIsRefused(der: [UInt8]) {
        #expect(throws: CryptographyError.self) { try ECDSASignature.raw(fromDER: der, coordinateSize: 32) }
    }
}
