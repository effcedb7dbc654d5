// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WebAuthn

@Suite struct AttestationObjectTests {
    private static let data = [UInt8](repeating: 0xAB, count: 32) + [1, 0, 0, 0, 0]

    @Test func anObjectIsReadAsItWasWritten() throws {
        let bytes = AttestationObject.encoded(format: "none", statement: .map([]), authenticatorData: Self.data)
        let object = try AttestationObject(bytes)
        #expect(object.format == "none" && object.statement == .map([]))
        #expect(object.authenticatorDataBytes == Self.data && object.authenticatorData.flags == .userPresent)
        for length in 0..<bytes.count {
            #expect(throws: AttestationObjectError.self) { try AttestationObject(Array(bytes.prefix(length))) }
        }
    }

    @Test func membersOfOtherKindsAreRefused() {
        func object(_ format: CBOR, _ statement: CBOR, _ data: CBOR) -> [UInt8] {
            CBOR.map([
                .init(.text("fmt"), format), .init(.text("attStmt"), statement), .init(.text("authData"), data),
            ]).encoded()
        }
        let (format, statement, data) = (CBOR.text("none"), CBOR.map([]), CBOR.bytes(Self.data))
        for bytes in [object(.null, statement, data), object(format, .null, data), object(format, statement, .null)] {
            #expect(throws: AttestationObjectError.malformed) { try AttestationObject(bytes) }
        }
        #expect(throws: AttestationObjectError.malformedAuthenticatorData(.truncated)) {
            try AttestationObject(object(format, statement, .bytes([])))
        }
        #expect(throws: AttestationObjectError.tooLong) {
            try AttestationObject(object(format, statement, .bytes(.init(repeating: 0, count: 32 * 1024))))
        }
    }

    @Test(arguments: [
        #"{"type":"countersign.sign","challenge":"AAAA","origin":"o","crossOrigin":true}"#,
        #"{"type":"webauthn.get","challenge":"AAAA","origin":"o"}"#, #"{"challenge":"AAAA","origin":"o"}"#,
        #"{"type":"countersign.sign","challenge":"AA=","origin":"o"}"#, "[]", "",
    ])
    func clientDataOfOthersAreRefused(text: String) {
        #expect(throws: (any Error).self) { try CollectedClientData(reading: Array(text.utf8)) }
    }

    @Test func clientDataHaveAtMostFourKibibytes() throws {
        let short = try CollectedClientData(.sign, challenge: [1], origin: "https://id.example.com").encoded()
        _ = try CollectedClientData(reading: short)
        let long = short + [UInt8](repeating: 0x20, count: CollectedClientData.maximumLength)
        #expect(throws: (any Error).self) { try CollectedClientData(reading: long) }
    }
}
