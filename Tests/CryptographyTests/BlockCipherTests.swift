// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct BlockCipherTests {
    private static func bytes(_ text: String) -> [UInt8] {
        stride(from: 0, to: text.count, by: 2).map { start in
            let digits = text.dropFirst(start).prefix(2)
            return UInt8(digits, radix: 16)!
        }
    }

    /// FIPS 197 Appendix C, and the example of NIST SP 800-67 Appendix B.
    @Test(arguments: [
        (
            BlockCipher.aes128, "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
            "69c4e0d86a7b0430d8cdb78070b4c55a"
        ),
        (
            .aes192, "000102030405060708090a0b0c0d0e0f1011121314151617", "00112233445566778899aabbccddeeff",
            "dda97ca4864cdfe06eaf70a0ec0d7191"
        ),
        (
            .aes256, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089"
        ),
        (
            .tripleDES, "0123456789abcdef23456789abcdef01456789abcdef0123", "5468652071756663", "a826fd8ce53b855f"
        ),
    ])
    func blocksAreAsTheStandardsHaveThem(cipher: BlockCipher, key: String, plain: String, secret: String) throws {
        let key = SecretBytes(copying: Self.bytes(key))
        #expect(try cipher.encrypt(Self.bytes(plain), key: key) == Self.bytes(secret))
        #expect(try cipher.decrypt(Self.bytes(secret), key: key) == Self.bytes(plain))
    }

    @Test(arguments: BlockCipher.allCases)
    func keysAndBlocksOfAnotherSizeAreRefused(cipher: BlockCipher) {
        let block = [UInt8](repeating: 0, count: cipher.blockSize)
        let key = SecretBytes(copying: [UInt8](repeating: 1, count: cipher.keySize))
        let short = SecretBytes(copying: [UInt8](repeating: 1, count: cipher.keySize - 1))
        #expect(throws: CryptographyError.invalidKey) { try cipher.encrypt(block, key: short) }
        #expect(throws: CryptographyError.invalidKey) { try cipher.encrypt(block + [0], key: key) }
        #expect(throws: CryptographyError.invalidKey) { try cipher.decrypt([], key: key) }
    }

    @Test func sha384IsTheStandards() {
        #expect(
            SHA384.hash(Array("abc".utf8))
                == Self.bytes(
                    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"))
    }
}
