// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// What a spare key's signature is worth.
@Suite struct SpareKeySignInTests {
    private struct Setting {
        let world: VerifierWorld
        let agent: TestAgent
        let handle: String
        let challenge: String

        func view() async throws -> SignInStanding { try await world.signIn.view(stateHandle: handle) }
    }

    private func setting(
        of agent: TestAgent, userVerification: UserVerificationRequirement = .none
    ) async throws -> Setting {
        let handle = try await agent.world.signInOf("alice", .fixture(userVerification: userVerification))
        return Setting(
            world: agent.world, agent: agent, handle: handle, challenge: try await agent.world.challenge(handle))
    }

    @Test(arguments: [
        (ResponseKeyType.proofOfPossession, UserVerificationRequirement.none), (.userVerification, .required),
    ])
    func aSpareSignsInAsTheFirstKeyOfItsPurposeDoes(
        keyType: ResponseKeyType, requirement: UserVerificationRequirement
    ) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare(keyType)
        let setting = try await setting(of: agent, userVerification: requirement)
        try await setting.world.post(
            try await agent.response(to: setting.challenge, by: spare), to: setting.challenge)
        let identity = try #require(try await setting.view().identity)
        #expect(identity.keyThumbprint == spare.signer.jwk.thumbprint)
        #expect(identity.methods.contains("mfa") == (keyType == .userVerification))
        // The first key counts as before.
        let again = try await self.setting(of: agent)
        try await again.world.post(try await agent.response(to: again.challenge), to: again.challenge)
        #expect(try await again.view().name == "success")
    }

    @Test(arguments: [ResponseKeyType.proofOfPossession, .userVerification])
    func aSpareSignsForNoOtherPurpose(_ keyType: ResponseKeyType) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare(keyType)
        let other: ResponseKeyType = keyType == .userVerification ? .proofOfPossession : .userVerification
        for wrong in [other, .clientInstance] {
            let setting = try await setting(of: agent, userVerification: wrong == .userVerification ? .required : .none)
            let response = try await agent.response(to: setting.challenge, by: spare, as: wrong)
            let error = try await refusal { try await setting.world.post(response, to: setting.challenge) }
            #expect(error.status == 401)
            #expect(try await setting.view().name == "challenge")
        }
    }

    @Test func anotherEnrolmentsSpareDoesNotSignIn() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await world.enrolledAgent().addedSpare()
        let setting = try await setting(of: agent)
        let response = try await agent.response(to: setting.challenge, by: spare)
        #expect(try await refusal { try await world.post(response, to: setting.challenge) }.status == 401)
    }

    // MARK: - A key that was removed

    @Test(arguments: [true, false])
    func aRemovedKeyDoesNotSignIn(_ isFirst: Bool) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare()
        let setting = try await setting(of: agent)
        let response =
            isFirst
            ? try await agent.response(to: setting.challenge)
            : try await agent.response(to: setting.challenge, by: spare)
        try await agent.removeKey(isFirst ? agent.proofOfPossession.keyID : spare.signer.keyID)
        let error = try await refusal { try await setting.world.post(response, to: setting.challenge) }
        #expect(error.status == 401)
        // The other one does.
        let other =
            isFirst
            ? try await agent.response(to: setting.challenge, by: spare)
            : try await agent.response(to: setting.challenge)
        try await setting.world.post(other, to: setting.challenge)
        #expect(try await setting.view().name == "success")
    }

    @Test func aKeyThatIsRemovedWhileItsResponseIsAppraisedDoesNotSignIn() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        let setting = try await setting(of: agent)
        let response = try await agent.response(to: setting.challenge, by: spare)
        let transactionID = try world.transactionID(setting.challenge)
        let (services, store) = try await world.interrupted()
        store.beforeNextWrite { try await agent.removeKey(spare.signer.keyID) }
        let error = try await refusal {
            try await services.signIn.respond(
                transactionID: transactionID, response: response, address: VerifierWorld.address)
        }
        #expect(error.status == 401)
        #expect(try await setting.view().name == "notActive")
    }

    @Test func whatARemovedKeyBeganIsNotTaken() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        let setting = try await setting(of: agent)
        try await world.post(try await agent.response(to: setting.challenge, by: spare), to: setting.challenge)
        let identity = try #require(try await setting.view().identity)
        try await agent.removeKey(spare.signer.keyID)
        #expect(try await refusal { try await world.finish(setting.handle) }.status == 401)
        let token = try await refusal {
            try await world.services.sessions.issueAccessToken(
                identity: identity, clientID: "app", scopes: ["openid"], lifetime: 600)
        }
        #expect(token.status == 401)
    }

    @Test func anIdentityOfAnOlderVersionStillCounts() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let identity = try await world.signedIn(by: agent)
        let text = String(decoding: try JSON.encode(identity), as: UTF8.self)
        let old = text.replacing(/,?"keyThumbprint":"[^"]*"/, with: "")
        #expect(old != text)
        let read = try JSON.decode(AuthenticatedIdentity.self, from: Array(old.utf8))
        #expect(read.keyThumbprint == nil)
        #expect(try await world.services.sessions.find(token: try await world.session(of: read)) != nil)
    }

    // MARK: - Security keys

    @Test(arguments: [(4, 5, false), (5, 5, true), (0, 0, false)] as [(UInt32, UInt32, Bool)])
    func aSpareHasACounterOfItsOwn(last: UInt32, now: UInt32, isTold: Bool) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare(.userVerification)
        let thumbprint = spare.signer.jwk.thumbprint
        try await agent.changeRecord { record in
            var hardware = EnrolledHardware(
                kind: .fido2, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
            // The first key counts far higher, which says nothing of the spare.
            hardware.signCount = 1000
            record.userVerification?.hardware = hardware
            hardware.signCount = last
            record.changeSignInKey(thumbprint: thumbprint) { [hardware] in $0.hardware = hardware }
        }
        let setting = try await setting(of: agent, userVerification: .required)
        let claims = try await agent.claims(
            to: setting.challenge, consent: .approvedUserVerification, keyType: .userVerification)
        let signer = AssertionSigner(keyID: spare.signer.keyID, key: spare.key, counter: now)
        try await world.post(try await signer.compactJWS(claims, type: TokenType.deviceBind), to: setting.challenge)
        #expect(try await setting.view().identity?.contextClass == "phrh")
        #expect(try world.audit.events(.keyCounter).count == (isTold ? 1 : 0))
        let record = try await agent.record()
        #expect(record.signInKey(thumbprint: thumbprint)?.key.hardware?.signCount == max(last, now))
        #expect(record.userVerification?.hardware?.signCount == 1000)
    }
}
