// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct EncryptionTests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// RFC 4231 §4.3.
    @Test func codesAreThoseOfTheStandard() throws {
        let key = SecretBytes(copying: Array("Jefe".utf8))
        let message = Array("what do ya want for nothing?".utf8)
        #expect(
            try HMAC.code(of: message, key: key, digest: .sha256)
                == Self.bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
        #expect(
            try HMAC.code(of: message, key: key, digest: .sha384)
                == Self.bytes(
                    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"))
    }

    /// FIPS 180-4: the digests of "abc".
    @Test(arguments: [
        (
            MessageDigest.sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (MessageDigest.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
    ])
    func digestsAreThoseOfTheStandard(digest: MessageDigest, expected: String) throws {
        #expect(try digest.hash(Array("abc".utf8)) == Self.bytes(expected))
        #expect(digest.length == Self.bytes(expected).count)
    }

    /// The first block of AES in CFB mode with a vector of zeroes is the text XOR the encryption of zeroes, which FIPS 197 and
    /// SP 800-38A give for these keys; made with `openssl enc -aes-128-cfb` and `-aes-256-cfb`.
    @Test(arguments: [
        ("000102030405060708090a0b0c0d0e0f", "AES128"),
        ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "AES256"),
    ])
    func textsAreEncryptedAsOpenSSLsCommandDoes(key: String, which: String) throws {
        let text = SecretBytes(copying: Array("a text of more than one block".utf8))
        let expected = Self.bytes(
            which == "AES128"
                ? "a7814f52fffb7bed096fec0dd3adf80d1c9b845b6129085da6978ee0a8"
                : "93b074d3523dbfbfcfd3f705af4b57f443d45b1d3aceed5e9bcac6853a")
        #expect(try AESCFB.encrypt(text, key: SecretBytes(copying: Self.bytes(key))) == expected)
    }

    @Test func keysOfOtherLengthsAreRefused() {
        let text = SecretBytes(copying: [1, 2, 3])
        #expect(throws: CryptographyError.invalidKey) {
            try AESCFB.encrypt(text, key: SecretBytes(copying: [UInt8](repeating: 0, count: 24)))
        }
    }

    @Test func keysOfOtherKindsAreRefused() throws {
        let text = SecretBytes(copying: [1, 2, 3])
        let (ec, ed) = (try PrivateKey.generate(.es256).publicKey, try PrivateKey.generate(.edDSA).publicKey)
        #expect(throws: CryptographyError.invalidKey) {
            try RSAOAEP.encrypt(text, to: ec, digest: .sha256, label: [])
        }
        #expect(throws: CryptographyError.invalidKey) { try EphemeralKeyAgreement(with: ed) }
    }

    @Test(arguments: [SignatureAlgorithm.es256, .es384])
    func anAgreementIsNewEachTime(algorithm: SignatureAlgorithm) throws {
        let peer = try PrivateKey.generate(algorithm).publicKey
        let (first, second) = (try EphemeralKeyAgreement(with: peer), try EphemeralKeyAgreement(with: peer))
        #expect(first.publicKey != second.publicKey)
        #expect(first.sharedSecret.count == (algorithm == .es256 ? 32 : 48))
        #expect(!ConstantTime.equal(first.sharedSecret.withUnsafeBytes { Array($0) }, second.sharedSecret))
    }

    @Test func secretsAreComparedWhole() {
        let secret = SecretBytes(copying: [1, 2, 3])
        #expect(ConstantTime.equal([1, 2, 3], secret))
        for other in [[1, 2, 4], [1, 2], [1, 2, 3, 0], []] as [[UInt8]] {
            #expect(!ConstantTime.equal(other, secret))
        }
    }

    @Test func aDigestThatAFormatNamesIsTheOneThatCounts() throws {
        let key = try PrivateKey.generate(.rs256)
        let message = Array("a message".utf8)
        let signature = try key.sign(message)
        #expect(key.publicKey.verifies(nativeSignature: signature, of: message, digest: .sha256))
        #expect(!key.publicKey.verifies(nativeSignature: signature, of: message, digest: .sha384))
        let ed = try PrivateKey.generate(.edDSA)
        #expect(!ed.publicKey.verifies(nativeSignature: try ed.sign(message), of: message, digest: .sha256))
    }
}
