// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import FoundationEssentials
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct EnrolledKeyTests {
    @Test(arguments: SignatureAlgorithm.allCases)
    func everyKindOfKeyComesBack(_ algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        var enrolled = try #require(EnrolledKey(JWK(keyID: "k", publicKey: key.publicKey)))
        enrolled.hardware = EnrolledHardware(
            kind: .piv, isAttested: true, model: "5.4.3", verifiesUser: true, wantsTouch: false)
        let read = try JSONDecoder().decode(EnrolledKey.self, from: try JSONEncoder().encode(enrolled))
        #expect(read == enrolled)
        #expect(try read.publicKey() == key.publicKey)
        #expect(read.thumbprint == JWK(keyID: nil, publicKey: key.publicKey).thumbprint)
    }

    @Test func aKeyOfTheFirstVersionIsRead() throws {
        let key = try PrivateKey.generate(.es256).publicKey
        guard case .p256(let x, let y) = key.material else { throw CancellationError() }
        let old = """
            {"keyID": "k", "x": "\(Base64URL.encode(x))", "y": "\(Base64URL.encode(y))", "thumbprint": "t"}
            """
        let read = try JSONDecoder().decode(EnrolledKey.self, from: Data(old.utf8))
        #expect(try read.publicKey() == key)
        #expect(read.keyID == "k" && read.thumbprint == "t" && read.hardware == nil)
    }

    @Test func aKeyIsTheSameWhateverWasLearntOfItsHardware() throws {
        let jwk = JWK(keyID: "k", publicKey: try PrivateKey.generate(.es256).publicKey)
        let bare = try #require(EnrolledKey(jwk))
        var used = bare
        used.hardware = EnrolledHardware(
            kind: .fido2, isAttested: false, model: nil, verifiesUser: false, wantsTouch: true)
        used.hardware?.signCount = 7
        #expect(used != bare && used.isSameKey(as: bare))
        #expect(!bare.isSameKey(as: try #require(EnrolledKey(JWK(keyID: "l", publicKey: jwk.publicKey)))))
    }

    /// A card goes with its owner from machine to machine; every other key is of one enrolment.
    @Test func aCardsKeyIsEnrolledAgainByItsOwnerAlone() async throws {
        let world = try await VerifierWorld()
        let devices = [try await world.enrolledAgent(), try await world.enrolledAgent()]
        let stranger = try await world.enrolledAgent("mallory")
        let jwk = JWK(keyID: "k", publicKey: try PrivateKey.generate(.es256).publicKey)
        func enroll(_ kind: EnrolledHardware.Kind?, of agent: TestAgent) async throws {
            var key = try #require(EnrolledKey(jwk))
            key.hardware = kind.map {
                EnrolledHardware(kind: $0, isAttested: true, model: nil, verifiesUser: true, wantsTouch: false)
            }
            let enrolled = key
            let enrollment = try await agent.record()
            try await world.store.write { try EnrolledKeyRecord.insert(enrolled, of: enrollment, in: $0) }
        }
        try await enroll(.piv, of: devices[0])
        try await enroll(.piv, of: devices[1])
        try await enroll(.piv, of: devices[0])
        for kind in [nil, .fido2, .tpm] as [EnrolledHardware.Kind?] {
            await #expect(throws: StoreError.self) { try await enroll(kind, of: devices[1]) }
        }
        await #expect(throws: StoreError.self) { try await enroll(.piv, of: stranger) }
        let lost = EnrolledKeyRecord(
            id: jwk.thumbprint, enrollmentID: try await devices[0].record().id, wasRemoved: true)
        try await world.store.write { try $0.save(lost) }
        await #expect(throws: StoreError.self) { try await enroll(.piv, of: devices[1]) }
    }
}
