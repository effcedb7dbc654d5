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
        // The qualified name of the signer stands at 6.
        let long = Array(signed.prefix(6)) + [0, 67] + [UInt8](repeating: 1, count: 67)
        let rest = signed.dropFirst(8 + Int(signed[7]))
        #expect(throws: TPMCertification.Failure.malformed) { try TPMCertification(long + rest) }
        let longest = Array(signed.prefix(6)) + [0, 66] + [UInt8](repeating: 1, count: 66)
        #expect(try TPMCertification(longest + rest) == read)
    }

    @Test func aSignatureIsReadWholeOrNotAtAll() throws {
        let signature = try #require(try Self.parts()["signature"])
        _ = try TPMSignature(signature)
        for length in 0..<signature.count {
            #expect(throws: TPMStructureError.self) { try TPMSignature(Array(signature.prefix(length))) }
        }
        #expect(throws: TPMStructureError.malformed) { try TPMSignature(signature + [0]) }
    }

    @Test func numbersInASignatureAreNotLongerThanTheyCanBe() throws {
        func sized(_ count: Int) -> [UInt8] {
            [UInt8(count >> 8), UInt8(count & 255)] + [UInt8](repeating: 1, count: count)
        }
        let (rsassa, ecdsa) = ([0, 0x14, 0, 0x0B] as [UInt8], [0, 0x18, 0, 0x0B] as [UInt8])
        _ = try TPMSignature(rsassa + sized(512))
        _ = try TPMSignature(ecdsa + sized(66) + sized(66))
        for long in [rsassa + sized(513), ecdsa + sized(67) + sized(66), ecdsa + sized(66) + sized(67)] {
            #expect(throws: TPMStructureError.malformed) { try TPMSignature(long) }
        }
    }

    /// The endorsement keys of the vectors have a policy of 32 bytes, so that the symmetric algorithm stands at 42.
    private static func endorsementKey(of name: String) throws -> [UInt8] {
        let identity = try AttestationVectors.named("tpm").vector(name).identity
        return try Base64URL.decode(try #require(identity).endorsementKey)
    }

    @Test func whatIsUnderAStorageKeyIsProtectedByAESInCFBMode() throws {
        let area = try Self.endorsementKey(of: "P-256 with P-256 keys of the maker")
        #expect(try TPMPublicArea(area).symmetricKeyBits == 128)
        #expect(Array(area[42..<48]) == [0x00, 0x06, 0x00, 0x80, 0x00, 0x43])
        for (index, value) in [(43, 0x26), (45, 0xC0), (47, 0x42)] as [(Int, UInt8)] {
            var changed = area
            changed[index] = value
            #expect(throws: TPMStructureError.unsupported) { try TPMPublicArea(changed) }
        }
    }

    @Test func anRSAKeyIsAsLongAsItSays() throws {
        let area = try Self.endorsementKey(of: "with RSA keys of the maker")
        #expect(Array(area[48..<52]) == [0x00, 0x10, 0x08, 0x00])
        var encrypting = area
        encrypting[49] = 0x15  // TPM_ALG_RSAES, which has no parameters
        #expect(try TPMPublicArea(encrypting).publicKey == (try TPMPublicArea(area).publicKey))
        var other = area
        other[50] = 0x0C
        #expect(throws: TPMStructureError.malformed) { try TPMPublicArea(other) }
    }

    @Test func coordinatesAndPoliciesAreNotLongerThanTheyCanBe() throws {
        let area = try #require(try Self.parts()["publicArea"])
        let (x, y) = (Array(area.suffix(68).prefix(34)), Array(area.suffix(34)))
        let long = Array(area.dropLast(68)) + [0, 33, 0] + x.dropFirst(2) + y
        #expect(throws: TPMStructureError.malformed) { try TPMPublicArea(long) }
        let short = try TPMPublicArea(Array(area.dropLast(68)) + x + y)
        #expect(short.bytes == area)
        let policy = Array(area.prefix(8)) + [0, 65] + [UInt8](repeating: 0, count: 65) + area.dropFirst(10)
        #expect(throws: TPMStructureError.malformed) { try TPMPublicArea(policy) }
    }

    @Test(arguments: [(0x0B, .sha256), (0x0C, .sha384), (0x0D, .sha512)] as [(UInt8, MessageDigest)])
    func aNameIsTheDigestsNumberAndTheDigest(number: UInt8, digest: MessageDigest) throws {
        var area = try #require(try Self.parts()["publicArea"])
        area[3] = number
        let read = try TPMPublicArea(area)
        #expect(read.nameAlgorithm == digest)
        #expect(try read.name() == [0, number] + (try digest.hash(area)))
    }

    @Test func aNameWithSHA1IsNotSupported() throws {
        var area = try #require(try Self.parts()["publicArea"])
        area[3] = 0x04
        #expect(throws: TPMStructureError.unsupported) { try TPMPublicArea(area) }
    }

    @Test(arguments: [
        ("5.4.3", FirmwareVersion(5, 4, 3)), ("0.0.0", FirmwareVersion(0, 0, 0)), ("5.4", nil), ("5.4.3.1", nil),
        ("5.4.3.x", nil),
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

    /// Alternative names whose directory name has the attribute `tcg-at-tpmManufacturer`.
    private static func names(manufacturer: String) -> [UInt8] {
        func value(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] { [tag, UInt8(contents.count)] + contents }
        let attribute = value(0x06, [0x67, 0x81, 0x05, 0x02, 0x01]) + value(0x0C, Array(manufacturer.utf8))
        return value(0x30, value(0xA4, value(0x30, value(0x31, value(0x30, attribute)))))
    }

    @Test(arguments: [
        ("id:53544D20", "STM"), ("ID:494e5443", "INTC"), ("id:414D4400", "AMD"), ("id:00001014", "id:00001014"),
        ("id:00000000", "id:00000000"), ("id:ZZZZZZZZ", "id:ZZZZZZZZ"), ("id:4142", "id:4142"),
        ("id:0053544D20", "id:0053544D20"), ("xx:53544D20", "xx:53544D20"), ("INTC", "INTC"), ("a\u{7}b", "ab"),
    ])
    func makersAreShownAsTheTCGRegistersThem(written: String, shown: String) throws {
        #expect(try TPMModel(subjectAlternativeName: Self.names(manufacturer: written)).manufacturer == shown)
    }

    @Test func longNamesOfMakersAreCut() throws {
        let long = String(repeating: "a", count: 90)
        #expect(try TPMModel(subjectAlternativeName: Self.names(manufacturer: long)).manufacturer.count == 64)
    }

    @Test func anOCSPResponseHasAtMost64KiB() throws {
        let file = try AttestationVectors.named("piv-certificate")
        let answer = try #require(file.vectors.first { $0.expect.hasPrefix("hardware") && $0.parts["ocsp"] != nil })
        let der = try Base64URL.decode(try #require(answer.parts["ocsp"]))
        // What stands behind an answer is not read.
        let longest = der + [UInt8](repeating: 0, count: OCSPResponse.maximumLength - der.count)
        #expect(OCSPResponse.maximumLength == 64 * 1024)
        _ = try OCSPResponse(der: longest)
        #expect(throws: CryptographyError.malformedCertificate) { try OCSPResponse(der: longest + [0]) }
    }

    @Test func aMetadataFileHasAtMost64MiB() {
        let long = [UInt8](repeating: 0x41, count: FIDOMetadata.maximumLength + 1)
        #expect(throws: FIDOMetadataError.tooLong) { try FIDOMetadata(blob: long, roots: .none, at: 0) }
    }

    @Test func alternativeNamesWithoutATPMAreRefused() {
        let names: [[UInt8]] = [[], [0x30, 0], [0x30, 2, 0xA4, 0], [0x30, 4, 0xA4, 2, 0x30, 0], [0x30, 1, 0]]
        for bytes in names {
            #expect(throws: CryptographyError.malformedDER) { try TPMModel(subjectAlternativeName: bytes) }
        }
    }
}
