// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct AssuranceModeTests {
    private static let cases: [(AssuranceMode, String?, String)] = [
        (.report, nil, "success"), (.report, "PT2H", "success"), (.notify, nil, "warned"), (.notify, "PT2H", "warned"),
        (.warnThenBlock, nil, "denied"), (.warnThenBlock, "PT2H", "warned"), (.block, nil, "denied"),
        (.block, "PT2H", "denied"),
    ]

    @Test(arguments: cases)
    func theModeDecidesWhatComesOfADeviceThatFails(_ mode: AssuranceMode, _ grace: String?, _ name: String) async throws
    {
        let policy = try AssurancePolicy.hardware(grace: grace)
        let world = try await VerifierWorld { $0.assurancePolicies = [policy] }
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: true, assuranceMode: mode))
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge, snapshot: .hardware(false)), to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == name)
        let event = try #require(try world.audit.events(.policyEvaluation).first)
        #expect(event.outcome.result == (name == "denied" ? "DENY" : "ALLOW"))
        #expect(event.debugContext.debugData["mode"] == mode.rawValue)
        #expect(event.debugContext.debugData["unmet"]?.contains("hardware") == true)
        // The day of the first failure is kept whatever the mode, so that a stricter one later is fair.
        #expect(try await world.store.read { try $0.all(AssuranceStanding.self) }.count == 1)
    }

    @Test func aNotifiedPersonGoesOnWheneverTheyLike() async throws {
        let policy = try AssurancePolicy.hardware()
        let world = try await VerifierWorld { $0.assurancePolicies = [policy] }
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: true, assuranceMode: .notify))
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge, snapshot: .hardware(false)), to: challenge)
        guard case .warned(_, nil) = try await world.signIn.view(stateHandle: handle).view else {
            throw TestFailure("not told")
        }
        world.clock.advance(600)
        #expect(try await world.signIn.skip(stateHandle: handle).name == "success")
        #expect(try await world.finish(handle).compliance == .notCompliant)
    }

    private static let sessions: [(DeviceCompliance?, Bool, AssuranceMode, Bool)] = [
        (.compliant, true, .block, true), (nil, true, .block, true), (nil, false, .block, false),
        (.inGracePeriod(until: 200), true, .warnThenBlock, true),
        (.inGracePeriod(until: 100), true, .warnThenBlock, false), (.inGracePeriod(until: 200), true, .block, false),
        (.inGracePeriod(until: 200), true, .notify, false), (.notCompliant, true, .warnThenBlock, false),
        (.notCompliant, true, .block, false), (.notCompliant, true, .notify, false),
        (.notCompliant, true, .report, true),
        (nil, false, .report, true),
    ]

    @Test(arguments: sessions)
    func aSessionOpensNoAppThatIsStricterThanItsOwn(
        _ compliance: DeviceCompliance?, _ isAssured: Bool, _ mode: AssuranceMode, _ serves: Bool
    ) {
        var identity = AuthenticatedIdentity(
            userID: "u", deviceID: "d", enrollmentID: "e", authenticatedAt: 1, methods: ["swk"], contextClass: "phr")
        identity.compliance = compliance
        let session = Session(id: "s", identity: identity, startedAt: 1, endsAt: 1000, isAssured: isAssured)
        var client = RegisteredClient.agent
        client.isAgent = false
        client.userVerification = .none
        client.requiresAssurance = true
        client.assuranceMode = mode
        let rule = SingleSignOn(request: .fixture, client: client, expectedUserID: nil, now: 100)
        #expect(rule.isServed(by: session) == serves)
    }

    @Test func theVerifiersOwnClientsHaveTheModeOfAll() async throws {
        let verifier = try await TestVerifier(more: "[assurance]\nmode = \"BLOCK\"\n")
        let registry = VerifierApplication(configuration: verifier.configuration, services: verifier.services).registry
        for id in [RegisteredClient.agent.id, RegisteredClient.accountPageID] {
            #expect(try #require(registry.client(id)).assuranceMode == .block, "\(id)")
        }
    }
}
