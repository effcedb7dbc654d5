// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing
import WireProtocol

@testable import VerifierServer

extension AssurancePolicy {
    /// Wants secure hardware; lets a device that lacks it in for two hours, or not at all.
    static func hardware(grace: String? = nil) throws -> AssurancePolicy {
        let period = grace.map { #","gracePeriod":{"type":"BY_DURATION","expiry":"\#($0)"}"# } ?? ""
        let text = #"{"name":"hardware","platform":"LINUX","secureHardwarePresent":true\#(period)}"#
        return try JSON.decode(AssurancePolicy.self, from: Array(text.utf8))
    }
}

@Suite struct AssuranceSignInTests {
    private func hardwareWorld(grace: String? = nil) async throws -> VerifierWorld {
        let policy = try AssurancePolicy.hardware(grace: grace)
        return try await VerifierWorld { $0.assurancePolicies = [policy] }
    }

    private func signIn(
        _ world: VerifierWorld, _ agent: TestAgent, hardware: Bool?, requiresAssurance: Bool = true
    ) async throws -> (handle: String, view: SignInView) {
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: requiresAssurance))
        let challenge = try await world.challenge(handle)
        let state: SignalState = hardware.map { .known(.boolean($0)) } ?? .unknown(reason: "no right to read it")
        let snapshot = PostureSnapshot([
            .platform: SignalReading(.known(.string("LINUX")), source: "test", collectedAt: world.clock.now),
            .secureHardwarePresent: SignalReading(state, source: "test", collectedAt: world.clock.now),
        ])
        try await world.post(try await agent.response(to: challenge, snapshot: snapshot), to: challenge)
        return (handle, try await world.signIn.view(stateHandle: handle).view)
    }

    @Test(arguments: [(true, "success"), (false, "denied"), (nil, "denied")] as [(Bool?, String)])
    func theVerdictDecides(_ hardware: Bool?, _ name: String) async throws {
        let world = try await hardwareWorld()
        let agent = try await world.enrolledAgent()
        let (handle, view) = try await signIn(world, agent, hardware: hardware)
        #expect(view.name == name)
        let event = try #require(try world.audit.events(.policyEvaluation).first)
        #expect(event.outcome.result == (name == "success" ? "ALLOW" : "DENY"))
        if case .denied(let remediations) = view {
            #expect(!remediations.isEmpty)
            await #expect(throws: VerifierError.self) { _ = try await world.finish(handle) }
            await #expect(throws: VerifierError.self) { _ = try await world.signIn.skip(stateHandle: handle) }
            let again = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
            #expect(again.name == "challenge")
        }
    }

    @Test func anAppWithoutAssuranceIsNotJudged() async throws {
        let world = try await hardwareWorld()
        let agent = try await world.enrolledAgent()
        #expect(try await signIn(world, agent, hardware: false, requiresAssurance: false).view.name == "success")
        #expect(try world.audit.events(.policyEvaluation).isEmpty)
    }

    @Test func aWarnedPersonGoesOnAfterTheWarning() async throws {
        let world = try await hardwareWorld(grace: "PT2H")
        let agent = try await world.enrolledAgent()
        let (handle, view) = try await signIn(world, agent, hardware: false)
        guard case .warned(let remediations, let until) = view else { throw TestFailure("not warned") }
        #expect(!remediations.isEmpty)
        #expect(until == world.clock.now + 7200)
        await #expect(throws: VerifierError.self) { _ = try await world.finish(handle) }
        #expect(try await world.signIn.skip(stateHandle: handle).name == "success")
        #expect(try await world.finish(handle).deviceID == agent.enrollment?.device.id)
    }

    @Test func whoHesitatesUntilTheGraceIsOverIsDenied() async throws {
        let world = try await hardwareWorld(grace: "PT10M")
        let agent = try await world.enrolledAgent()
        let (handle, view) = try await signIn(world, agent, hardware: false)
        #expect(view.name == "warned")
        world.clock.advance(600)
        #expect(try await world.signIn.skip(stateHandle: handle).name == "denied")
    }

    @Test func theGracePeriodRunsFromTheFirstTimeAndEndsWhenItIsMet() async throws {
        let world = try await hardwareWorld(grace: "PT2H")
        let agent = try await world.enrolledAgent()
        #expect(try await signIn(world, agent, hardware: false).view.name == "warned")
        world.clock.advance(3600)
        #expect(try await signIn(world, agent, hardware: false).view.name == "warned")
        world.clock.advance(3600)
        #expect(try await signIn(world, agent, hardware: false).view.name == "denied")
        #expect(try await signIn(world, agent, hardware: true).view.name == "success")
        #expect(try await world.store.read { try $0.all(AssuranceStanding.self) }.isEmpty)
        #expect(try await signIn(world, agent, hardware: false).view.name == "warned")
    }

    @Test func oneDevicesGraceIsNotAnothers() async throws {
        let world = try await hardwareWorld(grace: "PT2H")
        let first = try await world.enrolledAgent()
        let second = try await world.enrolledAgent()
        #expect(try await signIn(world, first, hardware: false).view.name == "warned")
        world.clock.advance(7200)
        #expect(try await signIn(world, first, hardware: false).view.name == "denied")
        #expect(try await signIn(world, second, hardware: false).view.name == "warned")
    }
}
