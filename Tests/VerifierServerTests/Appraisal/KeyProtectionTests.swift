// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

/// Sign-ins that want a key in attested hardware.
@Suite struct KeyProtectionTests {
    private struct Setting {
        let world: VerifierWorld
        let agent: TestAgent
        let handle: String
        let challenge: String

        func post(_ consent: UserConsent = .none, by keyType: ResponseKeyType = .proofOfPossession) async throws {
            try await world.post(
                try await agent.response(to: challenge, consent: consent, keyType: keyType), to: challenge)
        }

        func view() async throws -> SignInStanding { try await world.signIn.view(stateHandle: handle) }
    }

    private static func tpm(isAttested: Bool) -> EnrolledHardware {
        EnrolledHardware(kind: .tpm, isAttested: isAttested, model: nil, verifiesUser: false, wantsTouch: false)
    }

    /// A sign-in of a person whose keys are in this hardware.
    private func setting(
        possession: EnrolledHardware? = nil, verification: EnrolledHardware? = nil,
        _ requirement: UserVerificationRequirement = .none, protection: KeyProtection = .hardware
    ) async throws -> Setting {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        try await agent.changeRecord {
            $0.proofOfPossession.hardware = possession
            $0.userVerification?.hardware = verification
        }
        let handle = try await world.signInOf(
            "alice", .fixture(userVerification: requirement, keyProtection: protection))
        return Setting(world: world, agent: agent, handle: handle, challenge: try await world.challenge(handle))
    }

    /// That a response is refused for its key, which ends the sign-in and says why.
    private func expectRefusal(
        _ setting: Setting, _ consent: UserConsent = .none, by keyType: ResponseKeyType = .proofOfPossession
    ) async throws {
        let error = await #expect(throws: VerifierError.self) { try await setting.post(consent, by: keyType) }
        #expect(error?.status == 400 && error?.code == .hardwareKeyRequired)
        #expect(error?.summary.contains("Enrol such a key") == true)
        #expect(try await setting.view().name == "hardwareKeyRequired")
        let event = try #require(try setting.world.audit.events(.authentication).last)
        #expect("\(event)".contains("key_protection is HARDWARE"))
    }

    @Test(arguments: [KeyProtection.any, .hardware])
    func theChallengeSaysWhatIsWanted(_ protection: KeyProtection) async throws {
        let setting = try await setting(protection: protection)
        #expect(try UnverifiedChallenge(setting.challenge).claims.keyProtection == protection)
    }

    @Test func aKeyInAttestedHardwareSignsIn() async throws {
        let setting = try await setting(possession: Self.tpm(isAttested: true))
        try await setting.post()
        #expect(try await setting.view().identity?.contextClass == "phrh")
    }

    @Test(arguments: [nil, tpm(isAttested: false)])
    func aKeyThatIsNotProvenToBeInHardwareDoesNot(_ hardware: EnrolledHardware?) async throws {
        try await expectRefusal(try await setting(possession: hardware))
        // Where any key will do it does.
        let setting = try await setting(possession: hardware, protection: .any)
        try await setting.post()
        #expect(try await setting.view().name == "success")
    }

    @Test func itIsTheKeyThatSignsThatCounts() async throws {
        let attested = Self.tpm(isAttested: true)
        let verified = try await setting(verification: attested, .preferred)
        try await verified.post(.approvedUserVerification, by: .userVerification)
        #expect(try await verified.view().identity?.methods == ["hwk", "pin", "mfa", "pop"])
        try await expectRefusal(try await setting(verification: attested, .preferred))
        try await expectRefusal(
            try await setting(possession: attested, .required), .approvedUserVerification, by: .userVerification)
    }

    @Test func aFailedVerificationIsNoWayAround() async throws {
        let setting = try await setting(verification: Self.tpm(isAttested: true), .preferred)
        try await expectRefusal(setting, .userVerificationTemporarilyUnavailable)
    }

    @Test func anAgentWithoutSuchAKeySaysSo() async throws {
        let setting = try await setting()
        try await setting.post(.keyProtectionUnavailable, by: .clientInstance)
        #expect(try await setting.view().name == "hardwareKeyRequired")
        let event = try #require(try setting.world.audit.events(.authentication).last)
        #expect("\(event)".contains("hardwareKeyRequired"))
    }

    @Test func anAgentIsNotBelievedWhereNoHardwareWasAskedFor() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(keyProtection: .any))
        let challenge = try await world.challenge(handle)
        let setting = Setting(world: world, agent: agent, handle: handle, challenge: challenge)
        await #expect(throws: VerifierError.self) {
            try await setting.post(.keyProtectionUnavailable, by: .clientInstance)
        }
    }

    @Test(arguments: [true, false])
    func whoEnrolsADeviceMayTypeACodeInstead(_ agentKnows: Bool) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf(
            "alice", .fixture(keyProtection: .hardware, acceptsEnrollmentCode: true))
        let challenge = try await world.challenge(handle)
        let setting = Setting(world: world, agent: agent, handle: handle, challenge: challenge)
        if agentKnows {
            try await setting.post(.keyProtectionUnavailable, by: .clientInstance)
        } else {
            await #expect(throws: VerifierError.self) { try await setting.post() }
        }
        #expect(try await setting.view().name == "code")
    }

    // MARK: - Beside the challenge

    @Test(arguments: [
        (["swk", "pop"], KeyProtection.hardware, false), (["pop"], .hardware, false),
        (["hwk", "pop"], .hardware, true),
        (["swk", "pop"], .any, true),
    ])
    func aSessionOfALesserKeyDoesNotServe(_ methods: [String], _ protection: KeyProtection, _ isServed: Bool) {
        var client = RegisteredClient.agent
        client.isAgent = false
        client.keyProtection = protection
        let identity = AuthenticatedIdentity(
            userID: "00u", deviceID: "guo", enrollmentID: "pfd", authenticatedAt: 1, methods: methods,
            contextClass: "phr")
        let session = Session(id: "s", identity: identity, startedAt: 1, endsAt: 100, isAssured: true)
        let rule = SingleSignOn(request: .fixture, client: client, expectedUserID: nil, now: 2)
        #expect(rule.isServed(by: session) == isServed)
    }

    @Test(arguments: [KeyProtection.any, .hardware])
    func whoEnrolsAnotherDeviceNeedsTheProtectionOfAllApps(_ protection: KeyProtection) throws {
        let registry = ClientRegistry([], enrollmentProtection: protection, enrollmentMode: .block)
        #expect(try #require(registry.client("countersign-agent")).keyProtection == protection)
    }

    @Test(arguments: [KeyProtection.any, .hardware])
    func agentsAreToldWhatEverySignInWants(_ protection: KeyProtection) async throws {
        let world = try await VerifierWorld { $0.keyProtection = protection }
        let told = try await world.services.enrollment.configuration().settings.keyProtection
        #expect(told == protection.rawValue)
    }

    @Test func aSignInThatBeganBeforeAnUpdateGoesOn() async throws {
        let request = SignInRequest.fixture(keyProtection: .hardware)
        let text = String(decoding: try JSON.encode(request), as: UTF8.self)
        let old = text.replacing(/,?"keyProtection":"HARDWARE"/, with: "")
        #expect(old != text)
        #expect(try JSON.decode(SignInRequest.self, from: Array(old.utf8)).keyProtection == nil)
    }
}
