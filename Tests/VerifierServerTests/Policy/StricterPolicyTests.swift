// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import DeviceAssurance
import DeviceSignals
import Foundation
import HTTPTypes
import Testing
import WireProtocol

@testable import VerifierServer

/// What becomes of sessions, and of grace periods, when policies change.
@Suite struct StricterPolicyTests {
    private static func policy(_ name: String, _ conditions: String) throws -> AssurancePolicy {
        try JSON.decode(
            AssurancePolicy.self, from: Array(#"{"name":"\#(name)","platform":"LINUX",\#(conditions)}"#.utf8))
    }

    /// A session of a device that has secure hardware and no Secure Boot.
    private func session(
        _ policies: [AssurancePolicy], mode: AssuranceMode = .warnThenBlock
    ) async throws -> (VerifierWorld, Session) {
        let world = try await VerifierWorld { $0.assurancePolicies = policies }
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: true, assuranceMode: mode))
        let challenge = try await world.challenge(handle)
        let values: [SignalName: SignalValue] = [
            .platform: .string("LINUX"), .secureHardwarePresent: .boolean(true), .secureBoot: .boolean(false),
        ]
        let snapshot = PostureSnapshot(values.mapValues { SignalReading(.known($0), source: "test", collectedAt: 1) })
        try await world.post(try await agent.response(to: challenge, snapshot: snapshot), to: challenge)
        if case .warned = try await world.signIn.view(stateHandle: handle).view {
            _ = try await world.signIn.skip(stateHandle: handle)
        }
        let token = try await world.session(of: try await world.finish(handle))
        return (world, try #require(try await world.services.sessions.find(token: token)))
    }

    private func isStillLetIn(
        _ world: VerifierWorld, _ session: Session, _ policies: [AssurancePolicy],
        _ mode: AssuranceMode = .warnThenBlock
    ) async throws -> Bool {
        let services = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit
        ) { $0.assurancePolicies = policies }
        return try await services.isStillLetIn(session, by: mode)
    }

    @Test func aSessionDoesNotOutliveAPolicyThatBecameStricter() async throws {
        let hardware = try Self.policy("hardware", #""secureHardwarePresent":true"#)
        let boot = try Self.policy("boot", #""secureHardwarePresent":true,"secureBoot":true"#)
        let graceful = try Self.policy(
            "graceful", #""secureBoot":true,"gracePeriod":{"type":"BY_DURATION","expiry":"P7D"}"#)
        let (world, session) = try await session([hardware])
        #expect(try await isStillLetIn(world, session, [hardware]))
        #expect(try await isStillLetIn(world, session, []))
        #expect(try await isStillLetIn(world, session, [boot, hardware]))
        #expect(try await !isStillLetIn(world, session, [boot]))
        // Who was not warned yet has to be.
        #expect(try await !isStillLetIn(world, session, [graceful]))
    }

    @Test func aWarnedPersonsSessionGoesOnWithinTheGracePeriod() async throws {
        let graceful = try Self.policy(
            "graceful", #""secureBoot":true,"gracePeriod":{"type":"BY_DURATION","expiry":"P7D"}"#)
        let (world, session) = try await session([graceful])
        #expect(try await isStillLetIn(world, session, [graceful]))
        #expect(try await !isStillLetIn(world, session, [graceful], .block))
        world.clock.advance(7 * 86_400)
        #expect(try await !isStillLetIn(world, session, [graceful]))
    }

    @Test func anAppIsNotOpenedByASessionWhoseDeviceIsNotLetInAnyMore() async throws {
        let folder = try TemporaryFolder()
        try #"{"name":"hardware","platform":"LINUX","secureHardwarePresent":true}"#.write(
            toFile: folder.file("hardware.json"), atomically: true, encoding: .utf8)
        let assurance = "[assurance]\ndirectory = \"\(folder.path)\"\nmode = \"NOTIFY\"\n"
        try await TestVerifier.run(more: assurance) { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            #expect(try await browser.authorize(request()).leadsToSignIn)
            #expect(try await agent.answer(try await browser.challenge(), at: client).status == .ok)
            let store = verifier.services.store
            func report(_ hasHardware: Bool) async throws {
                try await store.write { writer in
                    var report = try #require(try writer.all(DeviceReport.self).first)
                    report.snapshot = .hardware(hasHardware)
                    try writer.save(report)
                    // As of a device that was let in at its sign-in.
                    for var session in try writer.all(Session.self) {
                        var identity = session.identity
                        identity.compliance = .compliant
                        session = Session(
                            id: session.id, identity: identity, startedAt: session.startedAt, endsAt: session.endsAt,
                            isAssured: true)
                        try writer.save(session)
                    }
                }
            }
            _ = try await browser.ask("skip")
            _ = try await browser.go("continue")
            try await report(true)
            #expect(try await browser.authorize(request()).callback()["code"] != nil)
            try await report(false)
            #expect(try await browser.authorize(request()).leadsToSignIn)
        }
    }

    // MARK: - Grace

    @Test func aGracePeriodDoesNotRunBeforeARuleNamesThePolicy() async throws {
        let first = try AccessPolicy.rules(PolicyDocuments.allow("All"))
        let world = try await VerifierWorld { $0.accessPolicies = [first] }
        let body =
            #"{"name":"h","platform":"LINUX","secureHardwarePresent":true,"#
            + #""gracePeriod":{"type":"BY_DURATION","expiry":"P7D"}}"#
        let policy = try await world.store.write { writer in
            try DocumentRecords.insert(
                .deviceAssurance, name: "h", body: body, by: DocumentRecords.Author(id: "00T", now: 1), in: writer)
        }
        let agent = try await world.enrolledAgent()
        func signIn(_ services: VerifierServices) async throws -> SignInView {
            let world = VerifierWorld(world, services: services)
            let agent = TestAgent(agent, in: world)
            let handle = try await world.signInOf("alice", .governed())
            let challenge = try await world.challenge(handle)
            try await world.post(
                try await agent.response(to: challenge, snapshot: .hardware(false)), to: challenge)
            return try await world.signIn.view(stateHandle: handle).view
        }
        #expect(try await signIn(world.services).name == "success")
        #expect(try await world.store.read { try $0.all(AssuranceStanding.self) }.isEmpty)
        world.clock.advance(30 * 86_400)
        let condition = #"{"device": {"registered": true, "assurance": {"include": ["\#(policy.id)"]}}}"#
        let named = try AccessPolicy.rules(
            PolicyDocuments.allow("Named", 1, if: condition), PolicyDocuments.deny("Rest", 2))
        let services = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit
        ) { $0.accessPolicies = [named] }
        guard case .warned(_, let until) = try await signIn(services) else { throw TestFailure("not warned") }
        #expect(until == world.clock.now + 7 * 86_400)
    }

    @Test func aCodeAndWhatBelongsToItAreOneTransaction() async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "alice")
        let code = try await world.services.codes.issue(username: "alice")
        await #expect(throws: TestFailure.self) {
            _ = try await world.services.codes.issue(username: "alice") { _, _ in throw TestFailure("no notice") }
        }
        // The one before still counts.
        _ = try await TestAgent(world: world, verifiesUser: false).enrolled(by: .code(code))
    }
}
