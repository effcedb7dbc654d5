// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import VerifierServer
import WireProtocol

@Suite struct SingleSignOnTests {
    private static let open: [String: String?] = ["client_id": "open", "redirect_uri": "https://open.example/callback"]
    private static let strict: [String: String?] = [
        "client_id": "strict", "redirect_uri": "https://strict.example/callback",
    ]
    private static let hardware: [String: String?] = [
        "client_id": "hardware", "redirect_uri": "https://hardware.example/callback",
    ]

    /// Runs with a browser that has a session from `app`.
    private func afterSignIn(
        _ first: [String: String?] = [:],
        _ test:
            @escaping @Sendable (TestVerifier, TestBrowser, SoftwareAgent, RoutesClient) async throws -> Void
    ) async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.signIn(request(first), as: agent)
            try await test(verifier, browser, agent, client)
        }
    }

    @Test func sessionSignsInToTheNextApp() async throws {
        try await afterSignIn { _, browser, _, _ in
            let first = try await browser.authorize(request(Self.open)).callback()
            #expect(first["code"] != nil)
            let second = try await browser.authorize(request(["prompt": "none"])).callback()
            #expect(second["code"] != nil)
        }
    }

    @Test func authTimeIsThatOfTheSignIn() async throws {
        try await afterSignIn { verifier, browser, _, client in
            let signedInAt = verifier.clock.now
            verifier.clock.advance(120)
            let code = try #require(try await browser.authorize(request()).callback()["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            let (_, claims) = try await verifiedIDToken(token, client)
            #expect(claims["auth_time"] as? Int64 == signedInAt)
            #expect(claims["iat"] as? Int64 == signedInAt + 120)
        }
    }

    private static let demands: [[String: String?]] = [
        ["prompt": "login"], ["prompt": "select_account"], ["prompt": "consent"], ["max_age": "0"],
        ["acr_values": "phrh"],
    ]

    @Test(arguments: demands)
    func appThatAsksForMoreGetsANewSignIn(changes: [String: String?]) async throws {
        try await afterSignIn { _, browser, _, _ in
            let response = try await browser.authorize(request(changes))
            #expect(response.leadsToSignIn)
        }
    }

    @Test func oldSignInDoesNotServeAMaximumAge() async throws {
        try await afterSignIn { verifier, browser, _, _ in
            verifier.clock.advance(100)
            #expect(try await browser.authorize(request(["max_age": "100"])).callback()["code"] != nil)
            #expect(try await browser.authorize(request(["max_age": "99"])).leadsToSignIn)
            let silent = try await browser.authorize(request(["max_age": "99", "prompt": "none"])).callback()
            #expect(silent["error"] == "login_required")
        }
    }

    @Test(arguments: ["phr", "phrh phr", "urn:unknown"])
    func contextThatIsMetOrUnknownIsServed(values: String) async throws {
        try await afterSignIn { _, browser, _, _ in
            let answer = try await browser.authorize(request(["acr_values": values])).callback()
            #expect(answer["code"] != nil)
        }
    }

    @Test func appThatVerifiesPeopleDoesNotTakeASessionOfPossession() async throws {
        try await afterSignIn { _, browser, _, _ in
            let response = try await browser.authorize(request(Self.strict))
            #expect(response.leadsToSignIn)
        }
    }

    @Test func appThatWantsHardwareTakesNoSessionOfAFileAndAsksForHardware() async throws {
        try await afterSignIn { _, browser, agent, client in
            let response = try await browser.authorize(request(Self.hardware))
            #expect(response.leadsToSignIn)
            let challenge = try await browser.challenge()
            #expect(try UnverifiedChallenge(challenge).claims.keyProtection == .hardware)
            #expect(try await agent.answer(challenge, at: client).status == .badRequest)
            let view = try await browser.ask("authenticators/poll").json()
            #expect(view["failure"] as? String == "hardwareKeyRequired")
        }
    }

    @Test func sessionThatNoPolicyJudgedOpensNoGuardedApp() async throws {
        try await afterSignIn(Self.open) { _, browser, _, _ in
            let first = try await browser.authorize(request(Self.open)).callback()
            #expect(first["code"] != nil)
            let second = try await browser.authorize(request())
            #expect(second.leadsToSignIn)
        }
    }

    @Test func sessionNeverEnrolsADevice() async throws {
        try await afterSignIn { _, browser, _, _ in
            let asked = request([
                "client_id": "countersign-agent", "redirect_uri": "http://127.0.0.1:4000/login/callback",
                "scope": "openid okta.myAccount.appAuthenticator.manage", "code_challenge_method": "S256",
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ])
            let response = try await browser.authorize(asked)
            #expect(response.leadsToSignIn)
        }
    }

    @Test func sessionEndsInTime() async throws {
        try await afterSignIn { verifier, browser, _, _ in
            verifier.clock.advance(3600)
            let response = try await browser.authorize(request())
            #expect(response.leadsToSignIn)
        }
    }

    @Test func suspensionEndsTheSession() async throws {
        try await afterSignIn { verifier, browser, agent, _ in
            try await verifier.services.enrollmentDirectory.suspend(agent.enrollment.id)
            #expect(try await browser.authorize(request()).leadsToSignIn)
        }
    }

    @Test func sessionOfSomebodyElseDoesNotServeAHint() async throws {
        try await afterSignIn { verifier, browser, _, _ in
            _ = try await verifier.services.users.add(username: "bob")
            #expect(try await browser.authorize(request(["login_hint": "alice"])).callback()["code"] != nil)
            #expect(try await browser.authorize(request(["login_hint": "bob"])).leadsToSignIn)
        }
    }

    @Test func idTokenHintNamesThePerson() async throws {
        try await afterSignIn { verifier, browser, _, client in
            let code = try #require(try await browser.authorize(request()).callback()["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            verifier.clock.advance(3000)
            let hinted = request(["id_token_hint": token, "prompt": "none"])
            #expect(try await browser.authorize(hinted).callback()["code"] != nil)
            browser.setCookie("cs_session", nil)
            #expect(try await browser.authorize(hinted).callback()["error"] == "login_required")
        }
    }

    @Test func tokenOfAnotherClientIsNoHint() async throws {
        try await afterSignIn { _, browser, _, client in
            let code = try #require(try await browser.authorize(request()).callback()["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            var asked = Self.open
            asked["id_token_hint"] = token
            #expect(try await browser.authorize(request(asked)).callback()["error"] == "invalid_request")
        }
    }

    @Test func anotherPersonThanTheHintedDoesNotSignIn() async throws {
        try await afterSignIn { verifier, browser, _, client in
            let code = try #require(try await browser.authorize(request()).callback()["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            let bob = try await verifier.person("bob", client)
            let other = TestBrowser(client)
            let callback = try await other.signIn(request(["id_token_hint": token]), as: bob, name: "bob")
            #expect(callback["error"] == "login_required")
            #expect(callback["code"] == nil)
            #expect(other.cookies["cs_session"] == nil)
        }
    }

    @Test func newSignInReplacesTheSession() async throws {
        try await afterSignIn { verifier, browser, agent, _ in
            let former = try #require(browser.cookies["cs_session"])
            _ = try await browser.signIn(request(["prompt": "login"]), as: agent)
            #expect(browser.cookies["cs_session"] != former)
            // A code that another tab has on its way still counts.
            verifier.clock.advance(59)
            #expect(try await verifier.services.sessions.find(token: former) != nil)
            verifier.clock.advance(1)
            #expect(try await verifier.services.sessions.find(token: former) == nil)
            #expect(try verifier.audit.events(.userSessionEnd).count == 1)
        }
    }
}
