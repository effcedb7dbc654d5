// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import DeviceAssurance
import DeviceSignals
import Foundation
import TOMLConfiguration
import Testing
import WireProtocol

@testable import VerifierServer

/// The organisation's own checks and other programs' signals, from the challenge to the judgement.
@Suite struct ReportedDeviceTests {
    private static let policy =
        #"{"name": "p", "platform": "LINUX", "secureHardwarePresent": true, "#
        + #""devicePostureChecks": {"include": [{"variableName": "firewall", "value": "1"}]}}"#

    private static func check(_ name: String, platform: DevicePlatform = .linux) -> DevicePostureCheck {
        DevicePostureCheck(
            id: name, name: name, variableName: name, platform: platform, mappingType: .checkbox,
            query: "SELECT firewall FROM countersign_signals;")
    }

    private func world() async throws -> VerifierWorld {
        let policy = try JSON.decode(AssurancePolicy.self, from: Array(Self.policy.utf8))
        return try await VerifierWorld {
            $0.assurancePolicies = [policy]
            $0.postureChecks = [Self.check("firewall"), Self.check("nobodyAsks")]
            $0.signalProviders = ["edr", "mdm"]
        }
    }

    private func signIn(
        _ world: VerifierWorld, _ agent: TestAgent, _ change: (inout ResponseClaims) -> Void
    ) async throws -> String {
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: true))
        let challenge = try await world.challenge(handle)
        let snapshot = PostureSnapshot([
            .platform: SignalReading(.known(.string("LINUX")), source: "test", collectedAt: 0),
            .secureHardwarePresent: SignalReading(.known(.boolean(true)), source: "test", collectedAt: 0),
        ])
        let response = try await agent.response(to: challenge, snapshot: snapshot, changed: change)
        try await world.post(response, to: challenge)
        return try await world.signIn.view(stateHandle: handle).view.name
    }

    private static func report(_ outcome: PostureCheckReport.Outcome, _ name: String = "firewall") -> PostureCheckReport
    {
        PostureCheckReport(variableName: name, outcome, source: "signals")
    }

    @Test("challenges carry the checks that a policy names, and the providers") func challenges() async throws {
        let world = try await world()
        _ = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: true))
        let claims = try UnverifiedChallenge(try await world.challenge(handle)).claims
        #expect(claims.devicePostureChecks.map(\.variableName) == ["firewall"])
        #expect(claims.devicePostureChecks.map(\.query) == ["SELECT firewall FROM countersign_signals;"])
        #expect(claims.signalProviders.map(\.name) == ["edr", "mdm"])
    }

    @Test("the result decides, and what is unknown is not met") func results() async throws {
        let world = try await world()
        let agent = try await world.enrolledAgent()
        for (outcome, view) in [
            (PostureCheckReport.Outcome.known("1"), "success"), (.known("0"), "denied"), (.known("1 "), "denied"),
            (.unknown(reason: "1"), "denied"), (.timedOut, "denied"),
        ] {
            let name = try await signIn(world, agent) { $0.devicePostureChecks = [Self.report(outcome)] }
            #expect(name == view, "\(outcome)")
        }
        #expect(try await signIn(world, agent) { _ in } == "denied")
        #expect(
            try await signIn(world, agent) { $0.devicePostureChecks = [Self.report(.known("1"), "other")] } == "denied")
    }

    @Test("the audit log has names, and no value") func audit() async throws {
        let world = try await world()
        let agent = try await world.enrolledAgent()
        _ = try await signIn(world, agent) {
            $0.devicePostureChecks = [Self.report(.known("secret-value"))]
            $0.signalProviders = [
                SignalProviderElement(
                    name: "edr", configuration: .init(type: "FILE", format: "JSON"),
                    outcome: .signal(Array(#"{"secret": "secret-value"}"#.utf8), timeCollected: 1)),
                SignalProviderElement(name: "mdm", configuration: nil, outcome: .error("secret-value")),
            ]
        }
        let event = try #require(try world.audit.events(.authentication).last)
        #expect(event.debugContext.debugData["postureChecks"] == "firewall")
        #expect(event.debugContext.debugData["signalProviders"] == "edr")
        #expect(event.debugContext.debugData["signalProvidersUnknown"] == "mdm")
        #expect(!event.debugContext.debugData.values.contains { $0.contains("secret") })
    }

    @Test("what was not asked for is dropped, and of two the first stands") func askedFor() async throws {
        let world = try await world()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(requiresAssurance: true))
        let challenge = try await world.challenge(handle)
        var claims = try await agent.claims(to: challenge)
        let element = SignalProviderElement(name: "edr", configuration: nil, outcome: .error("first"))
        var second = element
        second.outcome = .error("second")
        var stranger = element
        stranger.name = "stranger"
        claims.signalProviders = [stranger, element, second]
        claims.devicePostureChecks = [
            Self.report(.known("1"), "nobodyAsks"), Self.report(.known("0")), Self.report(.known("1")),
        ]
        let issued = IssuedChallenge(
            compact: challenge, hash: "", nonce: "", expiresAt: 0, allowedOrigins: [], bindings: [], keyTypes: [],
            userVerification: .none, userMediation: .none, keyProtection: nil)
        let report = ReportedDevice(claims, to: issued)
        #expect(report.checks.keys.sorted() == ["firewall"])
        #expect(report.checks["firewall"]?.value == "0")
        #expect(report.providers.keys.sorted() == ["edr"])
        #expect(report.providers["edr"]?.error == "first")
    }

    @Test(
        "what another program says is a fact for expressions",
        arguments: [(87, "success"), (12, "denied"), (nil, "denied")] as [(Int?, String)])
    func expressions(score: Int?, view: String) async throws {
        let rule = PolicyDocuments.allow(
            "EDR", if: #"{"elCondition": {"condition": "device.provider.edr.score > 80"}}"#)
        let policy = try AccessPolicy.rules(rule)
        let world = try await VerifierWorld {
            $0.accessPolicies = [policy]
            $0.signalProviders = ["edr"]
        }
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .governed())
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge, snapshot: .hardware(true)) {
            let outcome: SignalProviderElement.Outcome =
                score.map { .signal(Array("{\"score\": \($0)}".utf8), timeCollected: 1) } ?? .error("gone")
            $0.signalProviders = [
                SignalProviderElement(
                    name: "edr", configuration: .init(type: "FILE", format: "JSON"), outcome: outcome)
            ]
        }
        try await world.post(response, to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).view.name == view)
    }

    @Test("members of a JSON object are facts, and nothing else is") func facts() {
        func report(_ text: String, format: String = "JSON") -> ProviderReport {
            ProviderReport(
                SignalProviderElement(
                    name: "edr", configuration: .init(type: "FILE", format: format),
                    outcome: .signal(Array(text.utf8), timeCollected: 7)))
        }
        let facts = report(
            #"{"score": 87, "on": true, "name": "x", "list": ["a"], "deep": {"a": 1}, "half": 0.5, "none": null}"#)
        #expect(
            facts.facts == [
                "score": .integer(87), "on": .boolean(true), "name": .string("x"), "list": .strings(["a"]),
            ])
        #expect(facts.timeCollected == 7)
        #expect(report("[1]").error != nil)
        #expect(report("score=87").facts.isEmpty)
        #expect(report(#"{"score": 87}"#, format: "TEXT").facts.isEmpty)
        #expect(report("{" + (0..<100).map { "\"m\($0)\": 1" }.joined(separator: ",") + "}").facts.count == 64)
    }

    @Test("checks and policies have to fit together") func configuration() throws {
        let policy = try JSON.decode(AssurancePolicy.self, from: Array(Self.policy.utf8))
        var settings = try #require(
            VerifierSettings(
                issuer: "https://id.example.com", organizationID: "o", organizationName: "O", keyFilePath: "k"))
        settings.assurancePolicies = [policy]
        #expect(throws: ConfigurationError.self) { try settings.checkPostureChecks() }
        settings.postureChecks = [Self.check("firewall")]
        #expect(throws: Never.self) { try settings.checkPostureChecks() }
        settings.postureChecks = [Self.check("firewall", platform: .windows)]
        #expect(settings.policies.requestedPostureChecks.isEmpty)
        settings.postureChecks[0].platform = .linux
        settings.postureChecks[0].query = String(repeating: "\"", count: 30 * 1024) + ";"
        #expect(throws: ConfigurationError.self) { try settings.checkPostureChecks() }
    }
}
