// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WebAuthn

@Suite struct AuthenticatorDataTests {
    private static let hash = [UInt8](repeating: 0xAB, count: 32)
    private static let counter: [UInt8] = [0, 0, 1, 2]

    private static func data(_ flags: UInt8, _ rest: [UInt8] = []) -> [UInt8] { hash + [flags] + counter + rest }

    private static func credential(id: [UInt8] = [1, 2, 3], key: PublicKey) -> [UInt8] {
        [UInt8](repeating: 0x11, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 0xFF)] + id
            + COSEKey(key).value.encoded()
    }

    @Test func theFixedPartIsRead() throws {
        let data = try AuthenticatorData(Self.data(0x05))
        #expect(data.relyingPartyIDHash == Self.hash)
        #expect(data.flags == [.userPresent, .userVerified])
        #expect(data.signCount == 258)
        #expect(data.attestedCredential == nil && data.extensions == nil)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func credentialAndExtensionsAreRead(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm).publicKey
        let extensions = CBOR.map([.init(.text("credProtect"), .unsigned(3))])
        let bytes = Self.data(0xC1, Self.credential(key: key) + extensions.encoded())
        let data = try AuthenticatorData(bytes)
        let credential = try #require(data.attestedCredential)
        #expect(credential.publicKey == key && credential.credentialID == [1, 2, 3])
        #expect(credential.aaguid.description == "11111111-1111-1111-1111-111111111111")
        #expect(data.extensions?["credProtect"]?.integer == 3)
        for length in 0..<bytes.count {
            #expect(throws: AuthenticatorDataError.self) { try AuthenticatorData(Array(bytes.prefix(length))) }
        }
        #expect(throws: AuthenticatorDataError.trailingBytes) { try AuthenticatorData(bytes + [0]) }
    }

    @Test func whatTheFlagsDoNotAnnounceIsRefused() throws {
        let key = try PrivateKey.generate(.es256).publicKey
        #expect(throws: AuthenticatorDataError.trailingBytes) {
            try AuthenticatorData(Self.data(0x01, Self.credential(key: key)))
        }
        #expect(throws: AuthenticatorDataError.malformedExtensions) { try AuthenticatorData(Self.data(0x80, [0x01])) }
        #expect(throws: AuthenticatorDataError.malformedCBOR(.truncated)) { try AuthenticatorData(Self.data(0x80)) }
        #expect(throws: AuthenticatorDataError.tooLong) { try AuthenticatorData(.init(repeating: 0, count: 8193)) }
    }

    @Test(arguments: [0, 1024])
    func credentialIDsHave1To1023Bytes(length: Int) throws {
        let key = try PrivateKey.generate(.es256).publicKey
        let id = [UInt8](repeating: 7, count: length)
        #expect(throws: AuthenticatorDataError.malformedCredential) {
            try AuthenticatorData(Self.data(0x41, Self.credential(id: id, key: key)))
        }
    }

    @Test func keysAreOfTheFormThatWebAuthnWants() throws {
        let key = try PrivateKey.generate(.es256).publicKey
        let good = try #require(COSEKey(key).value.pairs)
        #expect(try COSEKey(.map(good)).publicKey == key)
        func changed(_ label: Int, to value: CBOR?) -> CBOR {
            .map(good.filter { $0.key != .integer(label) } + (value.map { [.init(.integer(label), $0)] } ?? []))
        }
        let wrong = [
            changed(1, to: .integer(3)), changed(3, to: .integer(-35)), changed(3, to: .integer(-8)),
            changed(3, to: nil), changed(-1, to: .integer(2)), changed(-2, to: .bytes([1])), changed(-3, to: nil),
            changed(-3, to: .boolean(true)), changed(4, to: .array([])), .null,
        ]
        for value in wrong { #expect(throws: CryptographyError.invalidKey) { try COSEKey(value) } }
    }

    @Test(arguments: [
        ("f8a011f3-8c0a-4d15-8006-17111f9edc7d", true), ("F8A011F3-8C0A-4D15-8006-17111F9EDC7D", true),
        ("f8a011f38c0a4d15800617111f9edc7d", false), ("f8a011f3-8c0a-4d15-8006-17111f9edc7", false),
        ("g8a011f3-8c0a-4d15-8006-17111f9edc7d", false), ("", false), ("-8a011f3-8c0a-4d15-8006-17111f9edc7d", false),
    ])
    func modelsAreWrittenAsPeopleDo(text: String, isOne: Bool) {
        #expect(AAGUID(bytes: [UInt8](repeating: 0, count: 15)) == nil)
        #expect(AAGUID(bytes: [UInt8](repeating: 0, count: 17)) == nil)
        #expect(AAGUID(text)?.description == (isOne ? text.lowercased() : nil))
    }
}
