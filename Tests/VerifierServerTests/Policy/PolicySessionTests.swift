// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Foundation
import HTTPTypes
import TOMLConfiguration
import Testing
import WireProtocol

@testable import VerifierServer

/// What access policies make of sessions.
@Suite struct PolicySessionTests {
    private static let open: [String: String?] = ["client_id": "open", "redirect_uri": "https://open.example/callback"]

    /// Runs with a browser that is signed in, and one policy for every app.
    private func signedIn(
        _ method: String, more: [String] = [], later: Int64 = 0,
        _ test: @escaping @Sendable (TestVerifier, TestBrowser) async throws -> Void
    ) async throws {
        let rules = [PolicyDocuments.allow("All", 2, method: method)] + more
        try await TestVerifier.run(policies: ["app.json": PolicyDocuments.policy(rules)]) { verifier, client in
            verifier.clock.advance(later)
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.signIn(request(), as: agent)
            try await test(verifier, browser)
        }
    }

    private static func within(_ members: String) -> String {
        PolicyDocuments.possession(#""userPresence": "OPTIONAL""#, ", " + members)
    }

    @Test func aSessionServesWhereTheRuleSaysNothingOfTime() async throws {
        try await signedIn(Self.within(#""inactivityPeriod": "PT12H""#)) { verifier, browser in
            verifier.clock.advance(3000)
            #expect(try await browser.authorize(request(Self.open)).callback()["code"] != nil)
            let events = try verifier.audit.events(.policyEvaluation)
            #expect(events.last?.debugContext.debugData["session"] == "true")
            #expect(events.last?.debugContext.debugData["rule"]?.contains("All") == true)
        }
    }

    @Test func whatASessionAnswersIsKeptOnceAnHourAndMarked() async throws {
        // The clock begins with an hour.
        try await signedIn(Self.within(#""inactivityPeriod": "PT12H""#), later: 1800) { verifier, browser in
            let history = verifier.services.signInHistory
            for (count, step) in [(1, 0), (1, 600), (2, 1800)] {
                verifier.clock.advance(Int64(step))
                #expect(try await browser.authorize(request(Self.open)).callback()["code"] != nil)
                var kept: [RecordedSignIn] = []
                try await history.each(ofLastDays: 1) { if $0.isOfSession { kept.append($0) } }
                #expect(kept.count == count)
                let data = try #require(try verifier.audit.events(.policyEvaluation).last?.debugContext.debugData)
                let id = try #require(data["transactionId"])
                let record = try #require(try await history.decisions(of: id).first)
                #expect(record == kept.last)
                #expect(record.decided["rule"] == data["rule"])
                let again = try await history.policiesInForce().evaluator.evaluate(
                    try AccessRequest.decode(Array(record.request.utf8)))
                #expect(again.rule?.name == "All")
            }
            // Another app is another decision, and what a device answered is not marked.
            #expect(try await browser.authorize(request()).callback()["code"] != nil)
            var marks: [Bool] = []
            try await history.each(ofLastDays: 1) { marks.append($0.isOfSession) }
            #expect(marks == [false, true, true, true])
        }
    }

    @Test func anOldProofIsMadeAnew() async throws {
        try await signedIn(Self.within(#""reauthenticateIn": "PT30M""#)) { verifier, browser in
            verifier.clock.advance(1799)
            #expect(try await browser.authorize(request(Self.open)).callback()["code"] != nil)
            verifier.clock.advance(1)
            #expect(try await browser.authorize(request(Self.open)).leadsToSignIn)
            let silent = try await browser.authorize(request(["prompt": "none"])).callback()
            #expect(silent["error"] == "login_required")
        }
    }

    @Test func everyTimeMeansEveryTime() async throws {
        try await signedIn(Self.within(#""reauthenticateIn": "PT0S""#)) { _, browser in
            let answer = try await browser.authorize(request(Self.open))
            #expect(answer.leadsToSignIn)
        }
    }

    @Test func aSessionThatIsUsedStaysActiveAndOneThatIsNotDoesNot() async throws {
        try await signedIn(Self.within(#""inactivityPeriod": "PT10M""#)) { verifier, browser in
            for _ in 0..<3 {
                verifier.clock.advance(599)
                #expect(try await browser.authorize(request(Self.open)).callback()["code"] != nil)
            }
            verifier.clock.advance(600)
            let answer = try await browser.authorize(request(Self.open))
            #expect(answer.leadsToSignIn)
        }
    }

    @Test func aFolderThatIsNotUnderstoodStopsTheStart() async throws {
        let documents = [
            "{", #"{"type": "ACCESS_POLICY"}"#, PolicyDocuments.policy(["{}"]),
            #"{"type": "IP", "name": "x", "gateways": 5}"#,
        ]
        for document in documents {
            await #expect(throws: ConfigurationError.self, "\(document)") {
                _ = try await TestVerifier(policies: ["a.json": document])
            }
        }
        let twice = PolicyDocuments.policy([PolicyDocuments.allow("All")])
        await #expect(throws: ConfigurationError.self) {
            _ = try await TestVerifier(policies: ["a.json": twice, "b.json": twice])
        }
    }
}
