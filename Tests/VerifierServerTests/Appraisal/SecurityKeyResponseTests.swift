// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Cryptography
import Testing
import WebAuthn
import WireProtocol

@testable import VerifierServer

/// Signs as a security key does: an assertion in the place of the signature.
struct AssertionSigner: JWSSigner {
    let keyID: String
    let key: PrivateKey
    var relyingPartyID = "id.example.com.countersign.invalid"
    var origin = VerifierWorld.issuer
    var kind = CollectedClientData.Kind.sign
    /// User present and user verified (WebAuthn §6.1).
    var flags: UInt8 = 0x05
    var counter: UInt32 = 1

    var algorithm: JWSAlgorithm { .fido2(.es256) }

    func sign(_ signingInput: [UInt8]) async throws -> [UInt8] {
        let client = try CollectedClientData(kind, challenge: SHA256.hash(signingInput), origin: origin).encoded()
        let count = (0..<4).map { UInt8(truncatingIfNeeded: counter >> (24 - 8 * UInt32($0))) }
        let data = SHA256.hash(Array(relyingPartyID.utf8)) + [flags] + count
        let signature = try ECDSASignature.der(
            fromRaw: try key.sign(data + SHA256.hash(client)), coordinateSize: 32)
        return try CarriedAssertion(authenticatorData: data, clientDataJSON: client, signature: signature).encoded()
    }
}

@Suite struct SecurityKeyResponseTests {
    private struct Setting {
        let world: VerifierWorld
        let agent: TestAgent
        let handle: String
        let challenge: String
        let signer: AssertionSigner

        func post(_ change: (inout AssertionSigner) -> Void = { _ in }) async throws {
            var signer = signer
            change(&signer)
            let claims = try await agent.claims(
                to: challenge, consent: .approvedUserVerification, keyType: .userVerification)
            try await world.post(try await signer.compactJWS(claims, type: TokenType.deviceBind), to: challenge)
        }
    }

    /// A person whose user-verification key is in a security key, and who is to be verified.
    private func setting(
        _ settings: (inout VerifierSettings) -> Void = { _ in }, attested: Bool = true, lastCount: UInt32 = 0,
        request: SignInRequest = .fixture(userVerification: .required)
    ) async throws -> Setting {
        let world = try await VerifierWorld(settings)
        let agent = try await world.enrolledAgent()
        let key = try PrivateKey.generate(.es256)
        let signer = AssertionSigner(keyID: "security-key", key: key)
        let id = try #require(agent.enrollment?.id)
        try await world.store.write { writer in
            var record = try #require(try writer.record(EnrollmentRecord.self, id: id))
            record.userVerification = EnrolledKey(JWK(keyID: signer.keyID, publicKey: key.publicKey))
            var hardware = EnrolledHardware(
                kind: .fido2, isAttested: attested, model: nil, verifiesUser: false, wantsTouch: false)
            hardware.signCount = lastCount
            record.userVerification?.hardware = hardware
            try writer.save(record)
        }
        let handle = try await world.signInOf("alice", request)
        return Setting(
            world: world, agent: agent, handle: handle, challenge: try await world.challenge(handle), signer: signer)
    }

    @Test(arguments: [(true, "phrh", ["hwk"]), (false, "phr", [])])
    func aVerifiedTouchSignsIn(attested: Bool, contextClass: String, first: [String]) async throws {
        let setting = try await setting(attested: attested)
        try await setting.post()
        let identity = try #require(try await setting.world.signIn.view(stateHandle: setting.handle).identity)
        #expect(identity.contextClass == contextClass)
        #expect(identity.methods == first + ["pin", "user", "mfa", "pop"])
    }

    private static let flaws: [(String, @Sendable (inout AssertionSigner) -> Void)] = [
        ("nobody verified", { $0.flags = 0x01 }), ("nobody there", { $0.flags = 0x04 }),
        ("another relying party", { $0.relyingPartyID = "id.example.com" }),
        ("another issuer", { $0.origin = "https://id.example.org" }), ("made for an enrolment", { $0.kind = .enroll }),
    ]

    @Test(arguments: flaws.indices)
    func anAssertionThatIsNotWhatItMustBeIsRefused(_ index: Int) async throws {
        let setting = try await setting()
        let error = try await #require(throws: VerifierError.self, "\(Self.flaws[index].0)") {
            try await setting.post(Self.flaws[index].1)
        }
        #expect(error.code == .invalidToken)
        #expect(try await setting.world.signIn.view(stateHandle: setting.handle).name == "challenge")
    }

    @Test func theKeysPlainSignatureIsNoAssertion() async throws {
        let setting = try await setting()
        let plain = InMemorySigner(keyID: setting.signer.keyID, key: setting.signer.key)
        let claims = try await setting.agent.claims(
            to: setting.challenge, consent: .approvedUserVerification, keyType: .userVerification)
        let response = try await plain.compactJWS(claims, type: TokenType.deviceBind)
        let error = try await #require(throws: VerifierError.self) {
            try await setting.world.post(response, to: setting.challenge)
        }
        #expect(error.code == .invalidToken)
    }

    @Test func aSoftwareKeysAssertionIsRefused() async throws {
        let setting = try await setting()
        let id = try #require(setting.agent.enrollment?.id)
        try await setting.world.store.write { writer in
            var record = try #require(try writer.record(EnrollmentRecord.self, id: id))
            record.userVerification?.hardware = nil
            try writer.save(record)
        }
        let error = try await #require(throws: VerifierError.self) { try await setting.post() }
        #expect(error.code == .invalidToken)
    }

    @Test(
        arguments: [
            (0, 0, false), (0, 1, false), (4, 5, false), (5, 5, true), (5, 4, true), (5, 0, true),
        ] as [(UInt32, UInt32, Bool)])
    func aCounterThatDoesNotGrowIsTold(last: UInt32, now: UInt32, isTold: Bool) async throws {
        let setting = try await setting(lastCount: last)
        try await setting.post { $0.counter = now }
        #expect(try await setting.world.signIn.view(stateHandle: setting.handle).name == "success")
        #expect(try setting.world.audit.events(.keyCounter).count == (isTold ? 1 : 0))
        let id = try #require(setting.agent.enrollment?.id)
        let kept = try await setting.world.store.read { try $0.record(EnrollmentRecord.self, id: id) }
        #expect(kept?.userVerification?.hardware?.signCount == max(last, now))
    }

    @Test func aCounterThatDoesNotGrowIsRefusedWhereThatIsWanted() async throws {
        let setting = try await setting({ $0.attestation.counterPolicy = .refuse }, lastCount: 5)
        try await setting.post { $0.counter = 5 }
        #expect(try await setting.world.signIn.view(stateHandle: setting.handle).name == "keyCopied")
        #expect(try setting.world.audit.events(.keyCounter).count == 1)
    }

    @Test func aCounterThatDoesNotGrowIsNotForgottenWhereTheDeviceIsLookedAtAgain() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.deny("Copied", 1, if: #"{"riskScore": {"level": "HIGH"}}"#), PolicyDocuments.allow("All", 2)
        )
        let setting = try await setting(
            { $0.accessPolicies = [policy] }, lastCount: 5, request: .governed(userVerification: .required))
        try await setting.post { $0.counter = 5 }
        let world = setting.world
        #expect(try await world.signIn.view(stateHandle: setting.handle).name == "denied")
        _ = try await world.signIn.recheck(stateHandle: setting.handle, address: VerifierWorld.address)
        let look = try await world.challenge(setting.handle)
        try await world.post(try await setting.agent.response(to: look), to: look)
        #expect(try await world.signIn.view(stateHandle: setting.handle).name == "denied")
    }
}
