// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import KeyAttestations
import Testing

@Suite struct StructureTests {
    private static func parts() throws -> [String: [UInt8]] {
        let file = try AttestationVectors.named("tpm")
        return try file.vector("P-256 with P-256 keys of the maker").parts.mapValues { try Base64URL.decode($0) }
    }

    @Test func aPublicAreaIsReadWholeOrNotAtAll() throws {
        let area = try #require(try Self.parts()["publicArea"])
        let read = try TPMPublicArea(area)
        #expect(read.attributes.isSuperset(of: [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .sign]))
        #expect(read.nameAlgorithm == .sha256)
        #expect(read.symmetricKeyBits == nil)
        for length in 0..<area.count {
            #expect(throws: TPMStructureError.self) { try TPMPublicArea(Array(area.prefix(length))) }
        }
        #expect(throws: TPMStructureError.malformed) { try TPMPublicArea(area + [0]) }
        #expect(throws: TPMStructureError.malformed) { try TPMPublicArea([UInt8](repeating: 0, count: 2049)) }
    }

    @Test func aCertificationIsReadWholeOrNotAtAll() throws {
        let signed = try #require(try Self.parts()["certifyInfo"])
        let read = try TPMCertification(signed)
        #expect(read.extraData.count == 32)
        for length in 0..<signed.count {
            #expect(throws: TPMCertification.Failure.self) { try TPMCertification(Array(signed.prefix(length))) }
        }
        #expect(throws: TPMCertification.Failure.malformed) { try TPMCertification(signed + [0]) }
    }

    @Test func aSignatureIsReadWholeOrNotAtAll() throws {
        let signature = try #require(try Self.parts()["signature"])
        _ = try TPMSignature(signature)
        for length in 0..<signature.count {
            #expect(throws: TPMStructureError.self) { try TPMSignature(Array(signature.prefix(length))) }
        }
    }

    @Test func aNameWithSHA1IsNotSupported() throws {
        var area = try #require(try Self.parts()["publicArea"])
        area[3] = 0x04
        #expect(throws: TPMStructureError.unsupported) { try TPMPublicArea(area) }
    }

    @Test(arguments: [
        ("5.4.3", FirmwareVersion(5, 4, 3)), ("0.0.0", FirmwareVersion(0, 0, 0)), ("5.4", nil), ("5.4.3.1", nil),
        ("5.4.x", nil), ("5.4.256", nil), ("", nil), ("-5.4.3", nil), ("5..3", nil),
    ])
    func firmwareVersionsHaveThreeNumbers(text: String, version: FirmwareVersion?) {
        #expect(FirmwareVersion(text) == version)
    }

    @Test func firmwareVersionsAreInOrder() {
        #expect(FirmwareVersion(4, 3, 5) > FirmwareVersion(4, 3, 4))
        #expect(FirmwareVersion(5, 0, 0) > FirmwareVersion(4, 9, 9))
        #expect(FirmwareVersion(5, 10, 0) > FirmwareVersion(5, 9, 0))
    }

    @Test func alternativeNamesWithoutATPMAreRefused() {
        let names: [[UInt8]] = [[], [0x30, 0], [0x30, 2, 0xA4, 0], [0x30, 4, 0xA4, 2, 0x30, 0], [0x30, 1, 0]]
        for bytes in names {
            #expect(throws: CryptographyError.malformedDER) { try TPMModel(subjectAlternativeName: bytes) }
        }
    }
}
