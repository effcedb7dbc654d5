// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct AccountPageTests {
    /// A person who is signed in.
    private struct Person: Sendable {
        let verifier: TestVerifier
        let client: RoutesClient
        let agent: SoftwareAgent
        let browser: TestBrowser

        /// Asks what the page's script asks.
        func ask(
            _ path: String, _ body: [String: Any] = [:], headers: HTTPFields = TestBrowser.pageHeaders
        ) async throws -> RoutesResponse {
            let bytes = try JSONSerialization.data(withJSONObject: body)
            return try await browser.send(
                "/account/api/" + path, .post, headers: headers, body: ByteBuffer(bytes: bytes))
        }

        func devices() async throws -> [[String: Any]] {
            try #require(try await ask("view").json()["devices"] as? [[String: Any]])
        }

        func permissions() async throws -> [String: String] {
            try #require(try await ask("view").json()["permissions"] as? [String: String])
        }

        /// Proves what a change of the account needs.
        func verify(_ operation: String) async throws {
            let start = try await browser.open("/account/verify?operation=\(operation)")
            #expect(start.leadsToSignIn)
            #expect(try await agent.answer(try await browser.challenge(), at: client).status == .ok)
            _ = try await browser.go("continue")
        }
    }

    private func signedIn(
        policy: [String]? = nil, _ test: @escaping @Sendable (Person) async throws -> Void
    ) async throws {
        let policies =
            policy.map { ["account.json": PolicyDocuments.policy($0, id: "rstAccount", account: true)] } ?? [:]
        try await TestVerifier.run(policies: policies) { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            let start = try await browser.open("/account")
            #expect(start.leadsToSignIn)
            #expect(try await agent.answer(try await browser.challenge(), at: client).status == .ok)
            let done = try await browser.go("continue")
            #expect(done.headers[.location] == "/account")
            try await test(Person(verifier: verifier, client: client, agent: agent, browser: browser))
        }
    }

    private static func every(
        _ operation: String, _ method: String = PolicyDocuments.possession(#""userPresence": "OPTIONAL""#)
    ) -> String {
        PolicyDocuments.allow(
            operation, if: #"{"elCondition": {"condition": "accessRequest.operation == '\#(operation)'"}}"#,
            method: method)
    }

    // MARK: - The page

    @Test func thePageRunsNoScriptButItsOwn() async throws {
        try await signedIn { person in
            let page = try await person.browser.get("/account")
            #expect(page.status == .ok && page.text.contains("Test &amp; Sons"))
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
            #expect(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
            #expect(try await person.browser.get("/signin/assets/account.js").status == .ok)
        }
    }

    @Test func devicesAndKeysAreShownToTheirOwnerAlone() async throws {
        try await signedIn { person in
            _ = try await person.verifier.person("bob", person.client)
            let devices = try await person.devices()
            #expect(devices.count == 1)
            #expect(devices.first?["name"] as? String == "laptop")
            #expect(devices.first?["isCurrent"] as? Bool == true)
            #expect(devices.first?["isLast"] as? Bool == true)
            #expect((devices.first?["keys"] as? [Any])?.count == 1)
        }
    }

    @Test(arguments: ["view", "rename", "remove", "remove-key", "code"])
    func nobodyAsksWithoutASessionOrFromAnotherSite(_ path: String) async throws {
        try await signedIn { person in
            var foreign = TestBrowser.pageHeaders
            foreign[.origin] = "https://evil.example"
            let body = ["id": "x", "name": "y", "key": "z"]
            let answer = try await person.ask(path, body, headers: foreign)
            #expect(answer.status == .forbidden)
            #expect(try await person.ask(path, body, headers: [.contentType: "application/json"]).status == .forbidden)
            let stranger = Person(
                verifier: person.verifier, client: person.client, agent: person.agent,
                browser: TestBrowser(person.client))
            #expect(try await stranger.ask(path, body).status == .unauthorized)
        }
    }

    // MARK: - Without a policy

    @Test func aDeviceIsRenamedByItsOwner() async throws {
        try await signedIn { person in
            let id = person.agent.enrollment.id
            let answer = try await person.ask("rename", ["id": id, "name": "  Büro "])
            #expect(answer.status == .ok)
            #expect(try await person.devices().first?["name"] as? String == "Büro")
            for bad in ["", "   ", String(repeating: "x", count: 101), "a\u{202E}b", "a\nb"] {
                #expect(try await person.ask("rename", ["id": id, "name": bad]).status == .badRequest, "\(bad)")
            }
        }
    }

    @Test func anotherPersonsDeviceIsNotThere() async throws {
        try await signedIn { person in
            let other = try await person.verifier.person("bob", person.client)
            let id = other.enrollment.id
            #expect(try await person.ask("rename", ["id": id, "name": "mine"]).status == .notFound)
            #expect(try await person.ask("remove", ["id": id, "acceptsLockout": true]).status == .notFound)
            #expect(try await person.ask("remove-key", ["id": id, "key": "pop"]).status == .notFound)
            #expect(try await person.verifier.services.enrollmentDirectory.list(username: "bob").count == 1)
        }
    }

    @Test func theLastDeviceIsNotRemovedWithoutAWarning() async throws {
        try await signedIn { person in
            let id = person.agent.enrollment.id
            let answer = try await person.ask("remove", ["id": id])
            #expect(answer.status == .conflict && answer.text.contains("last device"))
            #expect(try await person.devices().count == 1)
            #expect(try await person.ask("remove", ["id": id, "acceptsLockout": true]).status == .ok)
            // What rested on it has ended.
            #expect(try await person.ask("view").status == .unauthorized)
            let event = try #require(try person.verifier.audit.events(.enrollmentDelete).last)
            #expect(event.debugContext.debugData["by"] == "account page")
        }
    }

    @Test func oneOfSeveralDevicesIsRemovedAndItsOwnerTold() async throws {
        try await signedIn { person in
            let code = try await person.verifier.services.codes.issue(username: "alice")
            let other = try await SoftwareAgent.enroll(code: code, at: person.client)
            #expect(try await person.devices().count == 2)
            #expect(try await person.ask("remove", ["id": other.enrollment.id]).status == .ok)
            #expect(try await person.devices().count == 1)
            let user = try #require(try await person.verifier.services.users.find(username: "alice"))
            let notices = try await person.verifier.services.notices.takeForPage(userID: user.id)
            #expect(notices.contains { $0.contains("was removed from your account") })
        }
    }

    @Test func theLastKeyOfADeviceStays() async throws {
        try await signedIn { person in
            let answer = try await person.ask("remove-key", ["id": person.agent.enrollment.id, "key": "pop"])
            #expect(answer.status == .conflict)
        }
    }

    @Test func anOldSignInIsMadeAnewBeforeAChange() async throws {
        try await signedIn { person in
            let id = person.agent.enrollment.id
            #expect(try await person.permissions()["change"] == "allowed")
            person.verifier.clock.advance(15 * 60)
            #expect(try await person.permissions()["change"] == "verify")
            #expect(try await person.ask("rename", ["id": id, "name": "new"]).status == .unauthorized)
            try await person.verify("unenroll")
            #expect(try await person.ask("rename", ["id": id, "name": "new"]).status == .ok)
        }
    }

    @Test func withoutAPolicyNobodyMakesCodes() async throws {
        try await signedIn { person in
            let permissions = try await person.permissions()
            #expect(permissions["enroll"] == "refused")
            #expect(try await person.ask("code").status == .forbidden)
        }
    }

    // MARK: - By the account management policy

    @Test func whatThePolicyDoesNotAllowIsReadOnlyOrHidden() async throws {
        try await signedIn(policy: [PolicyDocuments.deny("Nobody")]) { person in
            let permissions = try await person.permissions()
            #expect(permissions == ["change": "refused", "enroll": "refused"])
            let id = person.agent.enrollment.id
            #expect(try await person.ask("rename", ["id": id, "name": "new"]).status == .forbidden)
            #expect(try await person.ask("remove", ["id": id, "acceptsLockout": true]).status == .forbidden)
            #expect(try await person.ask("remove-key", ["id": id, "key": "pop"]).status == .forbidden)
            #expect(try await person.ask("code").status == .forbidden)
            #expect(try await person.devices().count == 1)
        }
    }

    @Test func eachChangeHasItsOwnRule() async throws {
        try await signedIn(policy: [Self.every("enroll")]) { person in
            #expect(try await person.permissions() == ["change": "refused", "enroll": "allowed"])
            let code = try #require(try await person.ask("code").json()["code"] as? String)
            _ = try await SoftwareAgent.enroll(code: code, at: person.client)
            #expect(try await person.devices().count == 2)
            let word = try #require(try person.verifier.audit.events(.policyEvaluation).last)
            #expect(word.debugContext.debugData["operation"] == "enroll")
        }
    }

    @Test func aProofForOneChangeCountsOnceAndForNoOther() async throws {
        let method = PolicyDocuments.possession(#""userPresence": "OPTIONAL""#, #", "reauthenticateIn": "PT0S""#)
        try await signedIn(policy: [Self.every("enroll", method), Self.every("unenroll", method)]) { person in
            let id = person.agent.enrollment.id
            #expect(try await person.permissions() == ["change": "verify", "enroll": "verify"])
            try await person.verify("unenroll")
            #expect(try await person.ask("code").status == .unauthorized)
            try await person.verify("unenroll")
            #expect(try await person.ask("rename", ["id": id, "name": "one"]).status == .ok)
            #expect(try await person.ask("rename", ["id": id, "name": "two"]).status == .unauthorized)
            try await person.verify("unenroll")
            person.verifier.clock.advance(300)
            #expect(try await person.ask("rename", ["id": id, "name": "two"]).status == .unauthorized)
            #expect(try await person.devices().first?["name"] as? String == "one")
        }
    }

    @Test func aProofCountsOnlyWhereItIsWhatThePolicyAsksForNow() async throws {
        let rules = [
            PolicyDocuments.allow(
                "Risky", 1, if: #"{"riskScore": {"level": "MEDIUM"}}"#,
                method: PolicyDocuments.possession(
                    #""userPresence": "OPTIONAL", "userVerification": "REQUIRED""#, #", "reauthenticateIn": "PT0S""#)),
            PolicyDocuments.allow(
                "Calm", 2,
                method: PolicyDocuments.possession(
                    #""userPresence": "OPTIONAL""#, #", "reauthenticateIn": "PT0S""#)),
        ]
        try await signedIn(policy: rules) { person in
            let id = person.agent.enrollment.id
            try await person.verify("unenroll")
            let user = try #require(try await person.verifier.services.users.find(username: "alice"))
            let now = person.verifier.clock.now
            try await person.verifier.services.store.write { writer in
                var memory = try writer.record(RiskMemory.self, id: user.id) ?? RiskMemory(id: user.id)
                memory.refusedPhishingAt = now
                try writer.save(memory)
            }
            #expect(try await person.ask("rename", ["id": id, "name": "new"]).status == .unauthorized)
            #expect(try await person.devices().first?["name"] as? String == "laptop")
        }
    }

    @Test func thereIsNothingToRecoverHere() async throws {
        try await signedIn { person in
            let response = try await person.browser.open("/account/verify?operation=recover")
            #expect(response.status == .notFound)
        }
    }

    @Test func noCodeOfTheAccountPageIsExchanged() async throws {
        try await signedIn { person in
            let response = try await person.browser.post(
                "/oauth2/v1/token",
                form: [
                    ("grant_type", "authorization_code"), ("code", "x"), ("client_id", "countersign-account"),
                    ("redirect_uri", "http://localhost:8800/account"),
                ])
            #expect(response.status == .unauthorized || response.status == .badRequest)
        }
    }
}
