// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

/// The bodies by which spare keys are added and listed: their members' names.
@Suite struct AddedKeyTests {
    private static let key = """
        {"kty":"EC","crv":"P-256","kid":"spare","alg":"ES256",
         "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
        """

    private func request(_ more: String = "", keyType: String = "userVerification") throws -> AddKeyRequest {
        let text = #"{"requestId":"r","update":"a.b.c","keyType":"\#(keyType)","key":\#(Self.key)\#(more)}"#
        return try JSON.decode(AddKeyRequest.self, from: Array(text.utf8))
    }

    @Test func aRequestIsRead() throws {
        let request = try request()
        #expect(request.requestID == "r" && request.update == "a.b.c" && request.keyType == .userVerification)
        #expect(request.key.keyID == "spare" && request.attestations == nil)
        #expect(try JSON.decode(AddKeyRequest.self, from: try JSON.encode(request)) == request)
        let attested = try self.request(
            #","attestations":{"challenge":"AAAA","userVerification":{"format":"tpm","parts":{"signature":"AA"}}}"#)
        #expect(attested.attestations?.userVerification?.format == "tpm")
        #expect(try JSON.decode(AddKeyRequest.self, from: try JSON.encode(attested)) == attested)
    }

    @Test func anUnknownPurposeIsNotRead() {
        #expect(throws: (any Error).self) { try request(keyType: "other") }
        #expect(throws: (any Error).self) { try request(#","attestations":{}"#) }
    }

    @Test func answersAreRead() throws {
        let answer = try JSON.decode(AddKeyResponse.self, from: Array(#"{"id":"spare"}"#.utf8))
        #expect(answer == AddKeyResponse(id: "spare") && answer.attested == nil)
        let told = try JSON.decode(AddKeyResponse.self, from: Array(#"{"id":"spare","attested":false}"#.utf8))
        #expect(told.attested == false)
        let entries = [
            #"{"id":"pop","keyType":"proofOfPossession","createdAt":1780000000}"#,
            #"{"id":"uv","keyType":"userVerification","createdAt":1780000001,"attested":true}"#,
        ]
        let list = try JSON.decode(
            EnrolledKeyList.self, from: Array(#"{"keys":[\#(entries.joined(separator: ","))]}"#.utf8))
        #expect(
            list.keys == [
                .init(id: "pop", keyType: .proofOfPossession, createdAt: 1_780_000_000),
                .init(id: "uv", keyType: .userVerification, createdAt: 1_780_000_001, attested: true),
            ])
        // What is not known is not said, so that nobody takes it for a no.
        let written = String(decoding: try JSON.encode(list.keys[0]), as: UTF8.self)
        #expect(!written.contains("attested"))
    }
}
