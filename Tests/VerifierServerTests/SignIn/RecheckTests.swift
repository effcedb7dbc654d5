// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing
import WireProtocol

@testable import VerifierServer

extension PostureSnapshot {
    /// What a device with or without a TPM reports.
    static func hardware(_ isPresent: Bool) -> PostureSnapshot {
        PostureSnapshot([
            .platform: SignalReading(.known(.string("LINUX")), source: "test", collectedAt: 1),
            .secureHardwarePresent: SignalReading(.known(.boolean(isPresent)), source: "test", collectedAt: 1),
        ])
    }
}

@Suite struct RecheckTests {
    /// A sign-in whose person entered a PIN, and whose device was not let in.
    private struct Denied {
        let world: VerifierWorld
        let agent: TestAgent
        let handle: String

        init(grace: String? = nil, configure: @escaping (inout VerifierSettings) -> Void = { _ in }) async throws {
            let policy = try AssurancePolicy.hardware(grace: grace)
            world = try await VerifierWorld {
                $0.assurancePolicies = [policy]
                configure(&$0)
            }
            agent = try await world.enrolledAgent()
            handle = try await world.signInOf(
                "alice", .fixture(userVerification: .required, userMediation: .required, requiresAssurance: true))
            let challenge = try await world.challenge(handle)
            let response = try await agent.response(
                to: challenge, consent: .approvedUserVerification, keyType: .userVerification,
                snapshot: .hardware(false))
            try await world.post(response, to: challenge)
        }

        func recheck() async throws -> SignInStanding {
            try await world.signIn.recheck(stateHandle: handle, address: VerifierWorld.address)
        }

        /// Answers the challenge that looks at the device again.
        func answer(hardware: Bool, by agent: TestAgent? = nil) async throws -> SignInStanding {
            let challenge = try await world.challenge(handle)
            try await world.post(
                try await (agent ?? self.agent).response(to: challenge, snapshot: .hardware(hardware)), to: challenge)
            return try await world.signIn.view(stateHandle: handle)
        }
    }

    @Test func theAgentIsAskedForFreshSignalsAndNobodyIsAskedAgain() async throws {
        let denied = try await Denied()
        guard case .challenge(let compact, let isRecheck, _) = try await denied.recheck().view else {
            throw TestFailure("no challenge")
        }
        let claims = try UnverifiedChallenge(compact).claims
        #expect(isRecheck && claims.freshSignals)
        #expect(
            claims.userVerification == UserVerificationRequirement.none && claims.userMediation == UserMediation.none)
        #expect(claims.signals.contains(.secureHardwarePresent))
    }

    @Test func whatWasFixedIsLetInWithWhatThePersonProvedBefore() async throws {
        let denied = try await Denied()
        let before = denied.world.clock.now
        denied.world.clock.advance(60)
        _ = try await denied.recheck()
        #expect(try await denied.answer(hardware: true).name == "success")
        let identity = try await denied.world.finish(denied.handle)
        #expect(identity.methods.contains("pin") && identity.authenticatedAt == before)
        #expect(identity.proofs?.map(\.verification) == ["pin"])
    }

    @Test func whatIsNotFixedIsDeniedAgainAndMayBeLookedAtAgain() async throws {
        let denied = try await Denied()
        _ = try await denied.recheck()
        #expect(try await denied.answer(hardware: false).name == "denied")
        _ = try await denied.recheck()
        #expect(try await denied.answer(hardware: true).name == "success")
    }

    @Test func aWarningGoesAwayWhereItsReasonIsGone() async throws {
        let denied = try await Denied(grace: "PT2H")
        #expect(try await denied.world.signIn.view(stateHandle: denied.handle).name == "warned")
        _ = try await denied.recheck()
        #expect(try await denied.answer(hardware: true).name == "success")
        #expect(try await denied.world.store.read { try $0.all(AssuranceStanding.self) }.isEmpty)
    }

    @Test func theGoodStateOfAnotherDeviceDoesNotCount() async throws {
        let denied = try await Denied()
        let other = try await denied.world.enrolledAgent()
        _ = try await denied.recheck()
        await #expect(throws: VerifierError.self) { _ = try await denied.answer(hardware: true, by: other) }
        #expect(try await denied.world.signIn.view(stateHandle: denied.handle).name == "challenge")
    }

    @Test func onlyWhatWaitsForARemedyIsLookedAtAgain() async throws {
        let denied = try await Denied()
        let fresh = try await denied.world.signInOf()
        for handle in [fresh, "unknown"] {
            await #expect(throws: VerifierError.self) {
                _ = try await denied.world.signIn.recheck(stateHandle: handle, address: VerifierWorld.address)
            }
        }
        _ = try await denied.recheck()
        _ = try await denied.answer(hardware: true)
        await #expect(throws: VerifierError.self) { _ = try await denied.recheck() }
    }

    @Test func lookingAgainIsLimited() async throws {
        let denied = try await Denied { $0.rateLimits.rechecksPerUser = RateLimit(2, per: 60) }
        for _ in 0..<2 {
            _ = try await denied.recheck()
            #expect(try await denied.answer(hardware: false).name == "denied")
        }
        let error = await #expect(throws: VerifierError.self) { _ = try await denied.recheck() }
        #expect(error?.status == 429)
        denied.world.clock.advance(60)
        _ = try await denied.recheck()
    }

    @Test func aRefusalEndsWhatWasProven() async throws {
        let denied = try await Denied()
        _ = try await denied.recheck()
        _ = try await denied.world.signIn.cancel(
            stateHandle: denied.handle, reason: "OV_RETURNED_ERROR", statusCode: 502)
        let again = try await denied.world.signIn.retry(stateHandle: denied.handle, address: VerifierWorld.address)
        guard case .challenge(let compact, let isRecheck, _) = again.view else { throw TestFailure("no challenge") }
        #expect(!isRecheck)
        #expect(try UnverifiedChallenge(compact).claims.userVerification == .required)
    }

    @Test func aDeviceThatWasNotLetInIsReadAnewTheNextTime() async throws {
        let denied = try await Denied()
        let next = try await denied.world.challenge(try await denied.world.signInOf())
        #expect(try UnverifiedChallenge(next).claims.freshSignals)
        _ = try await denied.recheck()
        _ = try await denied.answer(hardware: true)
        let last = try await denied.world.challenge(try await denied.world.signInOf())
        #expect(try !UnverifiedChallenge(last).claims.freshSignals)
    }
}
