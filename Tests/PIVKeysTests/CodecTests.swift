// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Testing

@testable import PIVKeys

@Suite struct CodecTests {
    private func bytes(_ text: String) -> [UInt8] { Hexadecimal.bytes(text.utf8.filter { $0 != 0x20 })! }

    @Test func objectsAreReadWithEveryTagAndLength() throws {
        let long = [UInt8](repeating: 7, count: 300)
        let objects = [
            BERTLV(0x53, [1, 2]), BERTLV(0x5F2F, [UInt8]()), BERTLV(0x5FC102, long), BERTLV(0x70, long.dropLast(100)),
        ]
        #expect(try BERTLV.all(in: objects.flatMap { $0.encoded }, of: "test") == objects)
        #expect(objects[2].encoded.prefix(6) == [0x5F, 0xC1, 0x02, 0x82, 0x01, 0x2C])
        #expect(objects[3].encoded.prefix(3) == [0x70, 0x81, 200])
        #expect(BERTLV.bytes(of: 0) == [0])
    }

    @Test func fillingBetweenObjectsIsPassedOver() throws {
        #expect(try BERTLV.all(in: [0, 0, 0x53, 1, 9, 0, 0], of: "test") == [BERTLV(0x53, [9])])
    }

    @Test(arguments: [
        "53", "5301", "5381", "538201", "53840000000101", "5380", "5F", "5F2F", "5FC1C101", "53FF", "530200",
    ])
    func whatIsCutOffOrOverlongIsRefused(text: String) {
        #expect(throws: CardFailure.malformed("test")) { try BERTLV.all(in: bytes(text), of: "test") }
    }

    @Test func anObjectOfAnotherTagIsNotTheOne() {
        #expect(throws: CardFailure.self) { try BERTLV.value(of: 0x7C, in: [0x53, 0], what: "test") }
        #expect(throws: CardFailure.self) { try BERTLV.value(of: 0x53, in: [0x53, 0, 0x53, 0], what: "test") }
    }

    @Test func statusWordsTellTheTriesThatAreLeft() {
        #expect(StatusWord(0x63C3).triesLeft == 3)
        #expect(StatusWord(0x63C0).triesLeft == 0)
        #expect(StatusWord(0x6983).triesLeft == 0)
        #expect(StatusWord(0x9000).triesLeft == nil)
        #expect(StatusWord(0x6300).triesLeft == nil)
        #expect(StatusWord(0x6105).moreBytes == 5)
        #expect(StatusWord(0x6C10).rightLength == 0x10)
        #expect("\(StatusWord(0x0982))" == "0982")
    }

    @Test func shortCommandsAreWrittenAsTheStandardHasThem() {
        let plain = CommandAPDU(ins: 0x20, p2: 0x80)
        #expect(plain.encoded(.short) == [[0, 0x20, 0, 0x80]])
        #expect(plain.encoded(.shortT0) == [[0, 0x20, 0, 0x80, 0]])
        let asking = CommandAPDU(ins: 0xFD, expectsData: true)
        #expect(asking.encoded(.short) == [[0, 0xFD, 0, 0, 0]])
        let both = CommandAPDU(ins: 0xCB, p1: 0x3F, p2: 0xFF, data: [1, 2], expectsData: true)
        #expect(both.encoded(.short) == [[0, 0xCB, 0x3F, 0xFF, 2, 1, 2, 0]])
        #expect(both.encoded(.shortT0) == [[0, 0xCB, 0x3F, 0xFF, 2, 1, 2]])
        #expect(both.encoded(.extended) == both.encoded(.short))
    }

    @Test func longCommandsAreChainedOrExtended() {
        let data = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        let command = CommandAPDU(ins: 0x87, p1: 0x11, p2: 0x9A, data: data, expectsData: true)
        let parts = command.encoded(.short)
        #expect(parts.map { $0[0] } == [0x10, 0x10, 0x00])
        #expect(parts.map { $0[4] } == [255, 255, 90])
        #expect(parts.map { Array($0.dropFirst(5)) }.reduce([], +).dropLast() == data[...])
        let extended = command.encoded(.extended)
        #expect(extended.count == 1)
        #expect(extended[0].prefix(7) == [0, 0x87, 0x11, 0x9A, 0, 2, 88])
        #expect(extended[0].suffix(2) == [0, 0])
        #expect(extended[0].count == 609)
        let exact = CommandAPDU(ins: 0x87, data: Array(data.prefix(255)))
        #expect(exact.encoded(.short).count == 1)
    }

    @Test func anAnswerInPartsIsOne() throws {
        var answer = try ResponseAPDU([1, 2, 0x61, 1])
        answer.append(try ResponseAPDU([3, 0x90, 0]))
        #expect(answer.data == [1, 2, 3])
        #expect(answer.status == .success)
    }

    @Test func anAnswerHasAStatusWord() throws {
        #expect(try ResponseAPDU([1, 0x90, 0]).data == [1])
        #expect(throws: CardFailure.self) { try ResponseAPDU([0x90]) }
        #expect(throws: CardFailure.self) { try ResponseAPDU([]) }
    }

    @Test func theAnswerToResetTellsOfExtendedLengths() {
        let yubiKey = AnswerToReset(bytes("3BFD1300008131FE158073C021C057597562694B657940"))
        #expect(yubiKey.historicalBytes.count == 13)
        #expect(yubiKey.supportsExtendedLength)
        #expect(!AnswerToReset(bytes("3BFD1300008131FE158073C0218057597562694B657940")).supportsExtendedLength)
        // Oberthur ID-One PIV, whose historical bytes say nothing of it.
        #expect(!AnswerToReset(bytes("3BDB9600801F030031C064B0F310000790008039")).supportsExtendedLength)
        for cut in 0..<23 {
            let whole = bytes("3BFD1300008131FE158073C021C057597562694B657940")
            _ = AnswerToReset(Array(whole.prefix(cut))).supportsExtendedLength
        }
    }

    @Test func slotsHaveTheirObjects() {
        #expect(PIVSlot("9a")?.certificateObject == 0x5FC105)
        #expect(PIVSlot("9C")?.certificateObject == 0x5FC10A)
        #expect(PIVSlot("9d")?.certificateObject == 0x5FC10B)
        #expect(PIVSlot("9e")?.certificateObject == 0x5FC101)
        #expect(PIVSlot("82")?.certificateObject == 0x5FC10D)
        #expect(PIVSlot("95")?.certificateObject == 0x5FC120)
        #expect(PIVSlot.all.count == 24)
        for name in ["9b", "f9", "80", "96", "", "9", "09a", "+a"] { #expect(PIVSlot(name) == nil) }
    }

    @Test func aCardIsKnownByItsGUIDUnlessThatIsZero() throws {
        // As a YubiKey's tools write it: FASC-N, GUID, expiry, signature, checksum.
        let chuid = bytes(
            "3019D4E739DA739CED39CE739D836858210842108421C84210C3EB3410 000102030405060708090A0B0C0D0E0F"
                + "350832303330303130313E00FE00")
        #expect(try CardHolderUniqueIdentifier.guid(in: chuid) == Array(0...15))
        #expect(try CardHolderUniqueIdentifier.guid(in: BERTLV(0x34, [UInt8](repeating: 0, count: 16)).encoded) == nil)
        #expect(try CardHolderUniqueIdentifier.guid(in: []) == nil)
        #expect(throws: CardFailure.self) { try CardHolderUniqueIdentifier.guid(in: [0x34, 1, 1]) }
    }

    @Test func theDiscoveryObjectNamesThePIN() throws {
        let identifier = "4F0BA000000308000010000100"
        #expect(try DiscoveryObject.pinReference(in: bytes(identifier + "5F2F024000")) == 0x80)
        #expect(try DiscoveryObject.pinReference(in: bytes(identifier + "5F2F026010")) == 0x80)
        #expect(try DiscoveryObject.pinReference(in: bytes(identifier + "5F2F026020")) == 0x00)
        #expect(try DiscoveryObject.pinReference(in: bytes(identifier)) == 0x80)
        #expect(throws: CardFailure.self) { try DiscoveryObject.pinReference(in: bytes("5F2F0140")) }
    }

    @Test func certificatesAreReadPlainAndCompressed() throws {
        let contents = (0..<120).map { UInt8($0 % 40) }
        #expect(try CertificateObject(CertificateObject(certificate: contents).encoded).certificate == contents)
        let packed = bytes(Self.gzip)
        let compressed = [BERTLV(0x70, packed), BERTLV(0x71, [1]), BERTLV(0xFE, [UInt8]())].flatMap(\.encoded)
        #expect(try CertificateObject(compressed).certificate == contents)
        #expect(try CertificateObject(BERTLV(0x70, contents).encoded).certificate == contents)
        #expect(try CertificateObject([]).certificate.isEmpty)
        let damaged = [BERTLV(0x70, packed.dropLast(9)), BERTLV(0x71, [1])].flatMap(\.encoded)
        #expect(throws: CardFailure.malformed("compressed certificate")) { try CertificateObject(damaged) }
    }

    private static let gzip =
        "1f8b08000000000002036360646266616563e7e0e4e2e6e1e5e317101412161115139790949296919593575054"
        + "525651555367a0b23a00e2822b5278000000"

    @Test func whatUnpacksToMoreThanTheLimitIsRefused() {
        #expect(GZip.decompress(bytes(Self.gzip), limit: 120)?.count == 120)
        #expect(GZip.decompress(bytes(Self.gzip), limit: 119) == nil)
        #expect(GZip.decompress([], limit: 10) == nil)
    }

    @Test func pinsAreFilledToEightBytes() {
        func block(_ pin: [UInt8]) -> [UInt8]? {
            PINBlock.bytes(SecretBytes(copying: pin))?.withUnsafeBytes { Array($0) }
        }
        #expect(block(Array("123456".utf8)) == Array("123456".utf8) + [0xFF, 0xFF])
        #expect(block(Array("12345678".utf8))?.count == 8)
        for pin in [[], Array("123456789".utf8), [0x31, 0xFF]] as [[UInt8]] { #expect(block(pin) == nil) }
    }

    @Test func aReadersPadIsFoundAndTold() {
        #expect(ReaderFeatures.verifyPINDirect(in: bytes("120442330012 060442330006")) == 0x4233_0006)
        #expect(ReaderFeatures.verifyPINDirect(in: bytes("120442330012")) == nil)
        #expect(ReaderFeatures.verifyPINDirect(in: bytes("0604423300")) == nil)
        #expect(ReaderFeatures.verifyPINDirect(in: bytes("060542330006")) == nil)
        let structure = ReaderFeatures.verifyStructure(pinReference: 0x80)
        #expect(structure.count == 19 + 13)
        #expect(structure[15..<19] == [13, 0, 0, 0])
        #expect(structure[19...] == [0, 0x20, 0, 0x80, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
    }

    @Test func rsaInputIsPaddedAsPKCS1Has() {
        let input = SignatureInput.bytes(for: [1, 2, 3], .rsa2048)
        #expect(input.count == 256)
        #expect(input.prefix(3) == [0, 1, 0xFF])
        #expect(input.suffix(32)[...] == SHA256.hash([1, 2, 3])[...])
        #expect(input[204] == 0)
        #expect(input[205...206] == [0x30, 0x31])
        #expect(SignatureInput.bytes(for: [1], .rsa4096).count == 512)
        #expect(SignatureInput.bytes(for: [1], .p384).count == 48)
        #expect(SignatureInput.bytes(for: [1, 2], .ed25519) == [1, 2])
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func selfSignedCertificatesAreReadByOpenSSL(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let draft = try SelfSignedCertificate(
            of: key.publicKey, commonName: "Countersign 9a", serialNumber: [0x80, 1], notBefore: 951_782_400,
            notAfter: 2_556_057_600)
        var signature = try key.sign(draft.signedPart)
        switch algorithm {
        case .es256: signature = try ECDSASignature.der(fromRaw: signature, coordinateSize: 32)
        case .es384: signature = try ECDSASignature.der(fromRaw: signature, coordinateSize: 48)
        case .rs256, .edDSA: break
        }
        let certificate = try Certificate(der: draft.certificate(signature: signature))
        #expect(certificate.publicKey == key.publicKey)
        #expect(certificate.subject == "CN=Countersign 9a")
        #expect(certificate.notBefore == 951_782_400)
        #expect(certificate.notAfter == 2_556_057_600)
    }

    @Test func readersHaveShortNames() {
        #expect(DeviceName.of(reader: "Virtual PCD 00 01", identity: nil) == "Virtual PCD")
        #expect(DeviceName.of(reader: "Yubico YubiKey OTP+FIDO+CCID 00 00", identity: .serial(7)) == "YubiKey 7")
        #expect(DeviceName.of(reader: "00 00", identity: nil) == "00")
        #expect(DeviceName.of(reader: "", identity: nil) == "")
    }

    @Test func adminDataTellWhereTheManagementKeyIs() throws {
        #expect(try AdminData(bytes("8003810102")).isKeyProtectedByPIN)
        #expect(try !AdminData(bytes("8003810101")).isKeyProtectedByPIN)
        #expect(try AdminData(bytes("8006810100820155")).isKeyDerivedFromPIN)
        #expect(throws: CardFailure.self) { try AdminData(bytes("81")) }
        #expect(try ProtectedManagementKey.key(in: bytes("5306 8804 89020A0B")) == 6..<8)
        #expect(try ProtectedManagementKey.key(in: bytes("5306 8804 8A020A0B")) == nil)
        #expect(try ProtectedManagementKey.key(in: []) == nil)
        // An object does not reach beyond the one that it is in.
        #expect(throws: CardFailure.self) { try ProtectedManagementKey.key(in: bytes("5304 8802 89020A0B")) }
    }

    @Test func managementKeysAreTypedInHexadecimalDigits() {
        func key(_ text: String) -> ManagementKey? { ManagementKey(digits: SecretBytes(copying: Array(text.utf8))) }
        #expect(key("")?.bytes.withUnsafeBytes { Array($0) } == (0..<3).flatMap { _ in [1, 2, 3, 4, 5, 6, 7, 8] })
        #expect(key(String(repeating: "aB", count: 24))?.candidates.map(\.identifier) == [0x03, 0x0A])
        #expect(key(String(repeating: "00", count: 16))?.candidates.map(\.identifier) == [0x08])
        #expect(key(String(repeating: "00", count: 32))?.candidates.map(\.identifier) == [0x0C])
        #expect(key("00") == nil)
        #expect(key(String(repeating: "0", count: 47)) == nil)
        #expect(key(String(repeating: "0g", count: 24)) == nil)
    }
}
