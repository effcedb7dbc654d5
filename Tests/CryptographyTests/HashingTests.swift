// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@Suite struct HashingTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256IsThatOfFIPS180(message: String, digest: String) {
        #expect(hex(SHA256.hash(Array(message.utf8))) == digest)
    }

    @Test func aTextsDigestIsInBase64URL() {
        // RFC 7636 appendix B.
        #expect(
            SHA256.base64URL(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test(arguments: [
        (
            "", "", Scrypt(cost: 16, blockSize: 1, parallelism: 1),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        (
            "password", "NaCl", Scrypt(cost: 1024, blockSize: 8, parallelism: 16),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", Scrypt(cost: 16384, blockSize: 8, parallelism: 1),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ])
    func scryptIsThatOfRFC7914(passphrase: String, salt: String, scrypt: Scrypt, key: String) throws {
        let derived = try scrypt.derive(
            SecretBytes(copying: Array(passphrase.utf8)), salt: Array(salt.utf8), length: 64)
        #expect(derived.withUnsafeBytes { hex(Array($0)) } == key)
    }

    @Test func aPINIsStretchedBy128MiB() throws {
        #expect(Scrypt.interactive == Scrypt(cost: 131_072, blockSize: 8, parallelism: 1))
        let key = try Scrypt.interactive.derive(SecretBytes(copying: Array("123456".utf8)), salt: [1, 2, 3])
        #expect(key.count == 32)
    }

    @Test func aCostThatIsNoPowerOfTwoIsRefused() {
        #expect(throws: CryptographyError.self) {
            try Scrypt(cost: 1000).derive(SecretBytes(copying: [1]), salt: [1])
        }
    }

    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("é", "e\u{301}", false),
    ])
    func comparisonIsOfBytes(left: String, right: String, same: Bool) {
        #expect(ConstantTime.equal(left, right) == same)
        #expect(ConstantTime.equal(Array(left.utf8), Array(right.utf8)) == same)
    }
}

func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
