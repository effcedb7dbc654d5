// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@Suite struct AttestationStatementTests {
    private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSON.decode(type, from: Array(text.utf8))
    }

    @Test func aStatementIsReadAsItWasWritten() throws {
        let statement = try AttestationStatement(
            format: "yubikey-piv", parts: ["signature": [0xFB, 0xFF]], certificates: [[0xFB, 0xFF, 0xFE]])
        let text = String(decoding: try JSON.encode(statement), as: UTF8.self)
        #expect(text == #"{"format":"yubikey-piv","parts":{"signature":"-_8"},"x5c":["+//+"]}"#)
        #expect(try read(AttestationStatement.self, text) == statement)
        let bare = try AttestationStatement(format: "tpm", parts: [:])
        #expect(String(decoding: try JSON.encode(bare), as: UTF8.self) == #"{"format":"tpm","parts":{}}"#)
    }

    @Test func aStatementHasBounds() throws {
        let part = [UInt8](repeating: 0, count: 64 * 1024)
        _ = try AttestationStatement(format: "tpm", parts: ["a": part])
        #expect(throws: AttestationStatementError.tooLarge) {
            try AttestationStatement(format: "tpm", parts: ["a": part, "b": [0]])
        }
        #expect(throws: AttestationStatementError.tooLarge) {
            try AttestationStatement(
                format: "tpm", parts: Dictionary(uniqueKeysWithValues: (0..<17).map { ("\($0)", []) }))
        }
        #expect(throws: AttestationStatementError.tooLarge) {
            try AttestationStatement(format: "tpm", parts: [:], certificates: .init(repeating: [], count: 9))
        }
        #expect(throws: AttestationStatementError.tooLarge) {
            try AttestationStatement(format: String(repeating: "a", count: 65), parts: [:])
        }
    }

    @Test(arguments: [
        #"{"parts":{}}"#, #"{"format":"tpm"}"#, #"{"format":"tpm","parts":{"a":"A"}}"#,
        #"{"format":"tpm","parts":{"a":"+/"}}"#, #"{"format":"tpm","parts":{},"x5c":["-_8"]}"#,
        #"{"format":"tpm","parts":{},"x5c":["","","","","","","","",""]}"#, #"{"format":1,"parts":{}}"#,
    ])
    func rubbishIsRefused(text: String) {
        #expect(throws: JSONFailure.self) { try read(AttestationStatement.self, text) }
    }

    @Test func requestAndAnswerAreReadAsTheyWereWritten() throws {
        let tpm = try AttestationRequest.TPM(
            endorsementCertificates: [[1]], endorsementKey: [2], attestationKey: [3])
        for request in [AttestationRequest(requestID: "r"), AttestationRequest(requestID: "r", tpm: tpm)] {
            #expect(try JSON.decode(AttestationRequest.self, from: try JSON.encode(request)) == request)
        }
        let text = String(decoding: try JSON.encode(AttestationRequest(requestID: "r", tpm: tpm)), as: UTF8.self)
        #expect(
            text
                == #"{"requestId":"r","tpm":{"attestationKey":"Aw","endorsementCertificates":["AQ=="],"endorsementKey":"Ag"}}"#
        )
        let challenge = AttestationChallenge(
            challenge: .init(repeating: 1, count: 32), tpm: .init(credentialBlob: [1], encryptedSecret: [2]))
        #expect(try JSON.decode(AttestationChallenge.self, from: try JSON.encode(challenge)) == challenge)
    }

    @Test func anIdentityHasTheBoundsOfAStatement() throws {
        let part = [UInt8](repeating: 0, count: 64 * 1024)
        #expect(throws: AttestationStatementError.tooLarge) {
            try AttestationRequest.TPM(endorsementCertificates: [part], endorsementKey: [0], attestationKey: [])
        }
        #expect(throws: AttestationStatementError.tooLarge) {
            try AttestationRequest.TPM(
                endorsementCertificates: .init(repeating: [], count: 9), endorsementKey: [], attestationKey: [])
        }
        _ = try AttestationRequest.TPM(endorsementCertificates: [part], endorsementKey: [], attestationKey: [])
    }

    @Test(arguments: [
        #"{"challenge":""}"#, #"{"challenge":"AAAA"}"#, #"{}"#,
        #"{"challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","tpm":{}}"#,
    ])
    func answersWithoutAChallengeAreRefused(text: String) {
        #expect(throws: JSONFailure.self) { try read(AttestationChallenge.self, text) }
    }

    @Test func anEnrolmentCarriesStatementsOrNone() throws {
        let text =
            #"{"keys":{"proofOfPossession":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
        let bare = try read(EnrollmentRequest.SignedNonce.self, text + "}")
        #expect(bare.attestations == nil)
        #expect(!String(decoding: try JSON.encode(bare), as: UTF8.self).contains("attestations"))
        let statements =
            #","attestations":{"challenge":"AQI","proofOfPossession":{"format":"fido2","parts":{"attestationObject":"AA"}}}}"#
        let with = try read(EnrollmentRequest.SignedNonce.self, text + statements)
        #expect(with.attestations?.challenge == [1, 2] && with.attestations?.tpm == nil)
        #expect(with.attestations?.proofOfPossession?.parts == ["attestationObject": [0]])
        #expect(with.attestations?.userVerification == nil)
        #expect(
            try read(EnrollmentRequest.SignedNonce.self, String(decoding: try JSON.encode(with), as: UTF8.self)) == with
        )
        #expect(throws: (any Error).self) {
            try read(EnrollmentRequest.SignedNonce.self, text + #","attestations":{}}"#)
        }
    }
}
