// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CLibtss2
import Testing

@testable import TPMKeys

@Suite struct TPMKeyRecordTests {
    /// A record with a public area of the right form.
    private func record(salt: [UInt8]?) throws -> TPMKeyRecord {
        var area = KeyTemplate.signing(isGuarded: salt != nil)
        area.unique.ecc.x.size = 32
        area.unique.ecc.y.size = 32
        return TPMKeyRecord(
            parentName: [0, 11] + [UInt8](repeating: 7, count: 32),
            key: WrappedKey(publicArea: try TPMStructures.bytes(of: area), privateArea: [1, 2, 3]), pinSalt: salt)
    }

    @Test(arguments: [nil, [UInt8](repeating: 9, count: 16)])
    func whatIsWrittenIsRead(salt: [UInt8]?) throws {
        let record = try record(salt: salt)
        #expect(TPMKeyRecord(reading: record.bytes) == record)
    }

    @Test func everyPrefixIsRefused() throws {
        let bytes = try record(salt: [UInt8](repeating: 9, count: 16)).bytes
        for count in 0..<bytes.count { #expect(TPMKeyRecord(reading: Array(bytes.prefix(count))) == nil) }
        #expect(TPMKeyRecord(reading: bytes + [0]) == nil)
        #expect(TPMKeyRecord(reading: bytes + [0, 0]) == nil)
    }

    @Test func aFieldThatClaimsMoreThanThereIsIsRefused() throws {
        var bytes = try record(salt: [UInt8](repeating: 9, count: 16)).bytes
        bytes[bytes.count - 17] = 17
        #expect(TPMKeyRecord(reading: bytes) == nil)
    }

    @Test(arguments: [UInt8(0), 3, 4])
    func anotherVersionIsRefused(version: UInt8) throws {
        var bytes = try record(salt: nil).bytes
        bytes[4] = version
        #expect(TPMKeyRecord(reading: bytes) == nil)
    }

    @Test func howThePINIsStretchedIsKept() throws {
        var record = try record(salt: [UInt8](repeating: 9, count: 16))
        #expect(record.bytes[4] == 3 && TPMKeyRecord(reading: record.bytes)?.pinCost == .current)
        record.pinCost = .former
        #expect(record.bytes[4] == 1, "as it always was")
        #expect(TPMKeyRecord(reading: record.bytes) == record)
    }

    @Test func thatAFingerVerifiesIsKept() throws {
        var record = try record(salt: nil)
        #expect(record.bytes[4] == 1, "as it always was")
        record.isBehindFinger = true
        #expect(record.bytes[4] == 2)
        #expect(TPMKeyRecord(reading: record.bytes) == record)
        var withPIN = try self.record(salt: [UInt8](repeating: 9, count: 16)).bytes
        withPIN[4] = 2
        #expect(TPMKeyRecord(reading: withPIN) == nil, "a PIN is never left out by changing what is kept")
    }

    @Test func boundsHold() throws {
        var long = try record(salt: nil)
        long.key.privateArea = [UInt8](repeating: 0, count: 1025)
        #expect(TPMKeyRecord(reading: long.bytes) == nil)
        var empty = try record(salt: nil)
        empty.key.privateArea = []
        #expect(TPMKeyRecord(reading: empty.bytes) == nil)
        var salt = try record(salt: [UInt8](repeating: 9, count: 16))
        salt.pinSalt = [1]
        #expect(TPMKeyRecord(reading: salt.bytes) == nil)
        var name = try record(salt: nil)
        name.parentName = [1]
        #expect(TPMKeyRecord(reading: name.bytes) == nil)
    }

    @Test func aPINWhoseWrongTriesWouldNotCountIsRefused() throws {
        var record = try record(salt: nil)
        record.pinSalt = [UInt8](repeating: 9, count: 16)
        #expect(TPMKeyRecord(reading: record.bytes) == nil)
        var silent = try self.record(salt: [UInt8](repeating: 9, count: 16))
        silent.pinSalt = nil
        #expect(TPMKeyRecord(reading: silent.bytes) == nil)
    }

    @Test func aKeyThatMayLeaveTheTPMIsRefused() throws {
        var area = KeyTemplate.signing(isGuarded: false)
        area.objectAttributes &= ~0x2
        var record = try record(salt: nil)
        record.key.publicArea = try TPMStructures.bytes(of: area)
        #expect(TPMKeyRecord(reading: record.bytes) == nil)
    }
}

@Suite struct StoredCertificatesTests {
    private func certificate(_ length: Int) -> [UInt8] {
        [0x30, 0x82, UInt8(length >> 8), UInt8(length & 0xFF)] + [UInt8](repeating: 5, count: length)
    }

    @Test func certificatesAreSplitAndFillingIsLeftOut() {
        let two = [certificate(300), certificate(700)]
        #expect(StoredCertificates.split(two[0] + two[1]) == two)
        #expect(StoredCertificates.split(two[0] + [0xFF, 0xFF, 0xFF, 0xFF]) == [two[0]])
        #expect(StoredCertificates.split(two[0] + [0, 0]) == [two[0]])
    }

    @Test func whatIsCutOffOrTooLongIsNone() {
        #expect(StoredCertificates.split(Array(certificate(300).dropLast())).isEmpty)
        #expect(StoredCertificates.split(certificate(StoredCertificates.longest)).isEmpty)
        #expect(StoredCertificates.split([]).isEmpty)
        #expect(StoredCertificates.split([0x30, 0x82, 0x01]).isEmpty)
        #expect(StoredCertificates.split([0x31, 0x82, 1, 0] + [UInt8](repeating: 0, count: 256)).isEmpty)
        let many = (0..<20).flatMap { _ in certificate(256) }
        #expect(StoredCertificates.split(many).count == StoredCertificates.most)
    }

    @Test func bytesAreFoundInBytes() {
        #expect([1, 2, 3, 4].holds([2, 3]))
        #expect([1, 2, 3, 4].holds([1, 2, 3, 4]))
        #expect(![1, 2, 3, 4].holds([3, 5]))
        #expect(![1, 2].holds([1, 2, 3]))
        #expect(![1, 2].holds([]))
    }
}
