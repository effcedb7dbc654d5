// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// The record of an enrolment as the store keeps it.
@Suite struct EnrollmentRecordTests {
    /// As a version wrote it that knew no spare keys.
    private static let older = """
        {"id":"pfd1","userID":"00u1","deviceID":"guo1","methodID":"crp1","requestID":"0123456789abcdef","status":"active",
         "proofOfPossession":{"keyID":"pop","thumbprint":"t1",
          "publicKeyInfo":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWIuDKbbpKwcrh0Fx2wk2mhXa_Hu9AAR8XqusOZzKeDQIJdhQ7sO_sl_ss3XjAQmVLfxJ8qUIN0EfPwXQSXTLQw"},
         "userVerification":{"keyID":"uv","thumbprint":"t2",
          "publicKeyInfo":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWIuDKbbpKwcrh0Fx2wk2mhXa_Hu9AAR8XqusOZzKeDQIJdhQ7sO_sl_ss3XjAQmVLfxJ8qUIN0EfPwXQSXTLQw",
          "hardware":{"kind":"fido2","isAttested":true,"verifiesUser":true,"wantsTouch":true,"signCount":7}},
         "clientInstance":{"keyID":"cik","thumbprint":"t3",
          "publicKeyInfo":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWIuDKbbpKwcrh0Fx2wk2mhXa_Hu9AAR8XqusOZzKeDQIJdhQ7sO_sl_ss3XjAQmVLfxJ8qUIN0EfPwXQSXTLQw"},
         "createdAt":1780000000}
        """

    @Test func aRecordOfAnOlderVersionHasNoSpares() throws {
        let record = try JSON.decode(EnrollmentRecord.self, from: Array(Self.older.utf8))
        #expect(record.spares.isEmpty)
        #expect(record.signInKeys.map(\.key.keyID) == ["pop", "uv"])
        #expect(record.signInKeys.map { record.time(of: $0.key) } == [1_780_000_000, 1_780_000_000])
        #expect(record.userVerification?.hardware?.signCount == 7)
        #expect(record.status == .active && record.userID == "00u1")
        #expect(try JSON.decode(EnrollmentRecord.self, from: try JSON.encode(record)) == record)
    }

    @Test func spareKeysAreKeptWithWhatIsKnownOfThem() throws {
        var record = try JSON.decode(EnrollmentRecord.self, from: Array(Self.older.utf8))
        var key = try #require(EnrolledKey(try SpareKey().signer.jwk))
        key.hardware = EnrolledHardware(
            kind: .tpm, isAttested: true, model: "a TPM", verifiesUser: false, wantsTouch: false)
        key.addition = .init(requestID: "fedcba9876543210", time: 1_790_000_000)
        record.add(SignInKey(keyType: .proofOfPossession, key: key))
        let read = try JSON.decode(EnrollmentRecord.self, from: try JSON.encode(record))
        #expect(read == record)
        #expect(read.spares.first?.key.addition?.time == 1_790_000_000)
        #expect(read.key(named: key.keyID, for: .proofOfPossession) == key)
        #expect(read.key(named: key.keyID, for: .userVerification) == nil)
    }

    @Test func theOnlyPossessionKeyIsNotTakenOut() throws {
        var record = try JSON.decode(EnrollmentRecord.self, from: Array(Self.older.utf8))
        let before = record
        #expect(record.takeOut(keyID: "pop") == nil)
        #expect(record.takeOut(keyID: "cik") == nil)
        #expect(record.takeOut(keyID: "unknown") == nil)
        #expect(record == before)
        #expect(record.takeOut(keyID: "uv")?.key.keyID == "uv")
        #expect(record.userVerification == nil)
    }
}
