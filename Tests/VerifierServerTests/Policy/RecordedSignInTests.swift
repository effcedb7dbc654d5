// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import DeviceSignals
import Testing

@testable import VerifierServer

@Suite struct RecordedSignInTests {
    private static let rule = #"{"elCondition": {"condition": "device.profile.secureHardwarePresent"}}"#

    private func world(days: Int = 30) async throws -> (VerifierWorld, TestAgent) {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Hardware", 1, if: Self.rule), PolicyDocuments.deny("Rest", 2))
        let world = try await VerifierWorld {
            $0.accessPolicies = [policy]
            $0.recordDays = days
        }
        return (world, try await world.enrolledAgent())
    }

    /// Signs in with a device that has a serial number; answers the sign-in's id.
    private func signIn(_ world: VerifierWorld, _ agent: TestAgent, hardware: Bool = true) async throws -> String {
        let handle = try await world.signInOf("alice", .governed())
        let challenge = try await world.challenge(handle)
        let values: [SignalName: SignalValue] = [
            .platform: .string("LINUX"), .secureHardwarePresent: .boolean(hardware),
            .serialNumber: .string("SERIAL-4711"), .hardwareUuid: .string("UUID-4711"),
        ]
        let snapshot = PostureSnapshot(
            values.mapValues { SignalReading(.known($0), source: "test", collectedAt: 1) })
        try await world.post(try await agent.response(to: challenge, snapshot: snapshot), to: challenge)
        return try world.transactionID(challenge)
    }

    @Test func aDecisionIsKeptAndComesToTheSameWhenAskedAgain() async throws {
        let (world, agent) = try await world()
        for (hardware, rule) in [(true, "Hardware"), (false, "Rest")] {
            let id = try await signIn(world, agent, hardware: hardware)
            let record = try #require(try await world.services.signInHistory.decisions(of: id).first)
            #expect(record.decided["rule"]?.hasPrefix(rule) == true)
            let request = try AccessRequest.decode(Array(record.request.utf8))
            let decision = try await world.services.signInHistory.policiesInForce().evaluator.evaluate(request)
            #expect(decision.rule?.name == rule)
            #expect(request.user?.id == (try await world.services.users.find(username: "alice")?.id))
            #expect(request.network.addresses == [VerifierWorld.address])
        }
    }

    @Test func noSerialNumberIsKept() async throws {
        let (world, agent) = try await world()
        let id = try await signIn(world, agent)
        let record = try #require(try await world.services.signInHistory.decisions(of: id).first)
        #expect(record.request.contains("secureHardwarePresent"))
        #expect(!"\(record)".contains("4711"))
    }

    @Test func decisionsAreForgottenInTimeAndWithTheirPerson() async throws {
        let (world, agent) = try await world(days: 2)
        let id = try await signIn(world, agent)
        let history = world.services.signInHistory
        world.clock.advance(2 * 86_400 - 1)
        #expect(try await history.decisions(of: id).count == 1)
        world.clock.advance(1)
        #expect(try await history.decisions(of: id).isEmpty)
        world.clock.advance(1)
        try await world.services.sweep()
        #expect(try await world.store.read { try $0.all(RecordedSignIn.self) }.isEmpty)
        _ = try await signIn(world, agent)
        try await world.services.users.delete(username: "alice")
        #expect(try await world.store.read { try $0.all(RecordedSignIn.self) }.isEmpty)
    }

    @Test func whereNothingIsToBeKeptNothingIs() async throws {
        let (world, agent) = try await world(days: 0)
        _ = try await signIn(world, agent)
        #expect(try await world.store.read { try $0.all(RecordedSignIn.self) }.isEmpty)
    }

    @Test func theLastDaysAreHandedOverInTheirOrder() async throws {
        let (world, agent) = try await world()
        var ids: [String] = []
        for _ in 0..<3 {
            ids.append(try await signIn(world, agent))
            world.clock.advance(86_400)
        }
        func told(_ days: Int) async throws -> [String] {
            var told: [String] = []
            try await world.services.signInHistory.each(ofLastDays: days) { told.append($0.transactionID) }
            return told
        }
        #expect(try await told(4) == ids)
        #expect(try await told(2) == Array(ids[1...]))
        #expect(try await told(0) == [])
    }
}
