// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct PublicKeyTests {
    @Test func aPointOffTheCurveIsRefused() throws {
        guard case .p256(let x, var y) = try PrivateKey.generate(.es256).publicKey.material else { return }
        y[31] ^= 1
        #expect(throws: CryptographyError.invalidKey) { try PublicKey(.p256(x: x, y: y)) }
    }

    @Test(arguments: [0, 31, 33])
    func coordinatesHave32Bytes(count: Int) {
        let coordinate = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptographyError.invalidKey) { try PublicKey(.p256(x: coordinate, y: coordinate)) }
    }

    @Test func thePointAtZeroIsRefused() {
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(throws: CryptographyError.invalidKey) { try PublicKey(.p256(x: zero, y: zero)) }
    }

    private static let exponent: [UInt8] = [1, 0, 1]

    @Test(arguments: [128, 255, 513, 1024])
    func moduliOutside2048To4096BitsAreRefused(bytes: Int) {
        let modulus = [0xFF] + [UInt8](repeating: 0xFF, count: bytes - 1)
        #expect(throws: CryptographyError.invalidKey) {
            try PublicKey(.rsa(modulus: modulus, exponent: Self.exponent))
        }
    }

    @Test func aModulusOf2047BitsIsRefused() {
        let modulus = [0x7F] + [UInt8](repeating: 0xFF, count: 255)
        #expect(throws: CryptographyError.invalidKey) {
            try PublicKey(.rsa(modulus: modulus, exponent: Self.exponent))
        }
    }

    @Test(arguments: [[1], [3], [0, 1, 0, 1], [1, 0, 0], [UInt8](repeating: 0xFF, count: 9), []] as [[UInt8]])
    func exponentsThatAreEvenTooSmallOrTooLargeAreRefused(exponent: [UInt8]) throws {
        guard case .rsa(let modulus, _) = try PrivateKey.generate(.rs256).publicKey.material else { return }
        #expect(throws: CryptographyError.invalidKey) { try PublicKey(.rsa(modulus: modulus, exponent: exponent)) }
    }
}
