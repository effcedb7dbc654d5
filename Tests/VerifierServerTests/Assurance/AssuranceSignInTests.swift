// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing
import WireProtocol

@testable import VerifierServer

/// Wants secure hardware; lets a device that lacks it in for a time, where there is one.
struct HardwareJudge: AssuranceJudge {
    var grace: Int64?
    var policyIDs: [String] { ["hardware"] }

    static let remediation = Remediation(key: "linux.hardware", message: "Use a device with a TPM.", outcome: .notMet)

    func verdict(
        on snapshot: PostureSnapshot, now: Int64, firstNonCompliant: [String: Int64]
    ) -> (verdict: AssuranceVerdict, unmet: Set<String>) {
        if snapshot[.secureHardwarePresent]?.value == .boolean(true) { return (.compliant, []) }
        let until = (firstNonCompliant["hardware"] ?? now) + (grace ?? 0)
        return until > now
            ? (.inGracePeriod(until: until, remediations: [Self.remediation]), ["hardware"])
            : (.notCompliant(remediations: [Self.remediation]), ["hardware"])
    }
}

@Suite struct AssuranceSignInTests {
    private func signIn(
        _ world: VerifierWorld, _ agent: TestAgent, hardware: Bool?, requiresAssurance: Bool = true
    ) async throws -> (handle: String, view: SignInView) {
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: requiresAssurance))
        let challenge = try await world.challenge(handle)
        let state: SignalState = hardware.map { .known(.boolean($0)) } ?? .unknown(reason: "no right to read it")
        let snapshot = PostureSnapshot([
            .secureHardwarePresent: SignalReading(state, source: "test", collectedAt: world.clock.now)
        ])
        try await world.post(try await agent.response(to: challenge, snapshot: snapshot), to: challenge)
        return (handle, try await world.signIn.view(stateHandle: handle))
    }

    @Test(arguments: [(true, "success"), (false, "denied"), (nil, "denied")] as [(Bool?, String)])
    func theVerdictDecides(_ hardware: Bool?, _ name: String) async throws {
        let world = try await VerifierWorld { $0.assurance = HardwareJudge() }
        let agent = try await world.enrolledAgent()
        let (handle, view) = try await signIn(world, agent, hardware: hardware)
        #expect(view.name == name)
        let event = try #require(try world.audit.events(.policyEvaluation).first)
        #expect(event.outcome.result == (name == "success" ? "ALLOW" : "DENY"))
        if case .denied(let remediations) = view {
            #expect(remediations == [HardwareJudge.remediation])
            await #expect(throws: VerifierError.self) { _ = try await world.signIn.finish(stateHandle: handle) }
            await #expect(throws: VerifierError.self) { _ = try await world.signIn.skip(stateHandle: handle) }
            let again = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
            #expect(again.name == "challenge")
        }
    }

    @Test func anAppWithoutAssuranceIsNotJudged() async throws {
        let world = try await VerifierWorld { $0.assurance = HardwareJudge() }
        let agent = try await world.enrolledAgent()
        #expect(try await signIn(world, agent, hardware: false, requiresAssurance: false).view.name == "success")
        #expect(try world.audit.events(.policyEvaluation).isEmpty)
    }

    @Test func aWarnedPersonGoesOnAfterTheWarning() async throws {
        let world = try await VerifierWorld { $0.assurance = HardwareJudge(grace: 100) }
        let agent = try await world.enrolledAgent()
        let (handle, view) = try await signIn(world, agent, hardware: false)
        guard case .warned(let remediations, let until) = view else { throw TestFailure("not warned") }
        #expect(remediations == [HardwareJudge.remediation])
        #expect(until == world.clock.now + 100)
        await #expect(throws: VerifierError.self) { _ = try await world.signIn.finish(stateHandle: handle) }
        #expect(try await world.signIn.skip(stateHandle: handle).name == "success")
        #expect(try await world.signIn.finish(stateHandle: handle).deviceID == agent.enrollment?.device.id)
    }

    @Test func theGracePeriodRunsFromTheFirstTimeAndEndsWhenItIsMet() async throws {
        let world = try await VerifierWorld { $0.assurance = HardwareJudge(grace: 100) }
        let agent = try await world.enrolledAgent()
        #expect(try await signIn(world, agent, hardware: false).view.name == "warned")
        world.clock.advance(60)
        #expect(try await signIn(world, agent, hardware: false).view.name == "warned")
        world.clock.advance(60)
        #expect(try await signIn(world, agent, hardware: false).view.name == "denied")
        #expect(try await signIn(world, agent, hardware: true).view.name == "success")
        #expect(try await world.store.read { try $0.all(AssuranceStanding.self) }.isEmpty)
        #expect(try await signIn(world, agent, hardware: false).view.name == "warned")
    }

    @Test func oneDevicesGraceIsNotAnothers() async throws {
        let world = try await VerifierWorld { $0.assurance = HardwareJudge(grace: 100) }
        let first = try await world.enrolledAgent()
        let second = try await world.enrolledAgent()
        #expect(try await signIn(world, first, hardware: false).view.name == "warned")
        world.clock.advance(150)
        #expect(try await signIn(world, first, hardware: false).view.name == "denied")
        #expect(try await signIn(world, second, hardware: false).view.name == "warned")
    }
}
