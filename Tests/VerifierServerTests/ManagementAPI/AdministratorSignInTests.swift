// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import WireProtocol

@testable import VerifierServer

/// Administrators who sign in with their own devices, and what an app does for them.
@Suite struct AdministratorSignInTests {
    @Test func anAdministratorSignsInAndTheAppAsksForThem() async throws {
        try await AdministratorsApp.run { app in
            let grant = try await app.redeem(
                try await app.signIn("openid okta.users.manage okta.logs.read okta.users.manage")["code"]
            ).json()
            #expect(grant["scope"] as? String == "openid okta.users.manage okta.logs.read")
            #expect(grant["id_token"] is String)
            let asker = app.asker(try #require(grant["access_token"] as? String))
            #expect(try await asker.get("/users").status == 200)
            #expect(try await asker.get("/logs").status == 200)
            #expect(try await asker.makeUser("newcomer").status == 200)
            let made = try #require(try app.verifier.audit.events(.userCreate).last)
            #expect(made.actor.id == app.agent.enrollment.user.id)
            #expect(made.actor.alternateId == "alice")
            #expect(made.debugContext.debugData["app"] == "console")
            let granted = try app.verifier.audit.events(.accessTokenGrant).last
            #expect(granted?.debugContext.debugData["scopes"] == "okta.users.manage okta.logs.read")
        }
    }

    @Test func theScopeOpenidIsNotNeeded() async throws {
        try await AdministratorsApp.run { app in
            let grant = try await app.redeem(try await app.signIn("okta.users.read")["code"]).json()
            #expect(grant["scope"] as? String == "okta.users.read")
            #expect(grant["id_token"] == nil)
            let token = try #require(grant["access_token"] as? String)
            #expect(try await app.asker(token).get("/users").status == 200)
        }
    }

    @Test func whoIsNoAdministratorGetsNoScope() async throws {
        try await AdministratorsApp.run(alice: []) { app in
            let browser = TestBrowser(app.client)
            let refused = try await app.signIn("openid okta.users.read", in: browser)
            #expect(refused["error"] == "access_denied")
            #expect(refused["error_description"]?.contains("okta.users.read") == true)
            #expect(refused["code"] == nil)
            #expect(try await browser.signIn(AdministratorsApp.asking("openid"), as: app.agent)["code"] != nil)
        }
    }

    @Test func aSessionOfOneWhoIsNoAdministratorGivesNoScopeEither() async throws {
        try await AdministratorsApp.run(alice: []) { app in
            let browser = TestBrowser(app.client)
            _ = try await browser.signIn(request(), as: app.agent)
            let plain = try await browser.authorize(AdministratorsApp.asking("openid")).callback()
            #expect(plain["code"] != nil)
            let refused =
                try await browser
                .authorize(AdministratorsApp.asking("okta.users.read", ["client_id": "desk"])).callback()
            #expect(refused["error"] == "access_denied")
            #expect(refused["code"] == nil)
        }
    }

    @Test func noSessionOpensTheInterfaceForAnAppWithoutASecret() async throws {
        try await AdministratorsApp.run { app in
            let browser = TestBrowser(app.client)
            _ = try await browser.signIn(request(), as: app.agent)
            let asking = { AdministratorsApp.asking("okta.users.read", $0) }
            #expect(try await browser.authorize(asking(["client_id": "desk"])).callback()["code"] != nil)
            let silent = try await browser.authorize(asking(["prompt": "none"])).callback()
            #expect(silent["error"] == "login_required")
            #expect(try await browser.authorize(asking([:])).leadsToSignIn)
            // And the person is asked, whatever the app's settings say.
            let challenge = try await browser.challenge()
            #expect(try UnverifiedChallenge(challenge).claims.userMediation == .required)
        }
    }

    @Test func aSecondUseOfACodeEndsTheTokenAndIsTold() async throws {
        try await AdministratorsApp.run { app in
            let code = try await app.signIn("okta.users.read")["code"]
            let token = try #require(try await app.redeem(code).json()["access_token"] as? String)
            #expect(try await app.asker(token).get("/users").status == 200)
            for _ in 0..<2 { #expect(try await app.redeem(code).status == .badRequest) }
            #expect(try await app.asker(token).get("/users").status == 401)
            let told = try app.verifier.audit.events(.accessTokenRevoke)
            #expect(told.map { $0.target.first?.id } == [app.agent.enrollment.user.id])
        }
    }

    @Test func anAdministratorOfLessDoesNotGetMore() async throws {
        try await AdministratorsApp.run(alice: ["okta.users.read", "okta.logs.read"]) { app in
            let refused = try await app.signIn("okta.users.manage okta.logs.read")
            #expect(refused["error"] == "access_denied")
            #expect(refused["error_description"]?.contains("okta.logs") == false)
            #expect(try await app.signIn("okta.users.read")["code"] != nil)
        }
    }

    @Test(arguments: [
        "okta.devices.read", "okta.groups.manage", "okta.logs.manage", "okta.apps.read", "countersign.scim.manage",
        "okta.", "okta.users.read okta.policies.read",
    ])
    func aScopeThatTheAppMayNotAskForIsRefusedBeforeAnybodySignsIn(scope: String) async throws {
        try await AdministratorsApp.run { app in
            let refused = try await TestBrowser(app.client).authorize(AdministratorsApp.asking("openid \(scope)"))
                .callback()
            #expect(refused["error"] == "invalid_scope")
            let other = try await TestBrowser(app.client).authorize(request(["scope": "openid okta.users.read"]))
                .callback()
            #expect(other["error"] == "invalid_scope")
        }
    }

    @Test func withoutPKCENothingIsOpened() async throws {
        try await AdministratorsApp.run { app in
            let bare: [String: String?] = ["client_id": "desk", "code_challenge": nil, "code_challenge_method": nil]
            let refused = try await TestBrowser(app.client)
                .authorize(AdministratorsApp.asking("okta.users.read", bare)).callback()
            #expect(refused["error"] == "invalid_request")
            // An app with a secret that asks for nothing of the kind may go without.
            #expect(try await TestBrowser(app.client).authorize(AdministratorsApp.asking("openid", bare)).leadsToSignIn)
        }
    }

    @Test func theAccessPolicyOfTheAppDecides() async throws {
        let policies = ["app.json": PolicyDocuments.policy([PolicyDocuments.deny("All")])]
        try await AdministratorsApp.run(policies: policies) { app in
            let browser = TestBrowser(app.client)
            #expect(try await browser.authorize(AdministratorsApp.asking("okta.users.read")).leadsToSignIn)
            _ = try await app.agent.answer(try await browser.challenge(), at: app.client)
            let state = try await browser.ask("authenticators/poll").json()
            #expect(state["state"] as? String != "success")
            #expect(try await browser.go("continue").status == .badRequest)
            #expect(try app.verifier.audit.events(.policyEvaluation).last?.outcome.result == "DENY")
        }
    }

    @Test func aCodeIsNotExchangedAfterTheRoleWasLost() async throws {
        try await AdministratorsApp.run { app in
            let code = try await app.signIn("okta.users.read")["code"]
            try await app.verifier.services.administrators.remove(username: "alice")
            let refused = try await app.redeem(code)
            #expect(refused.status == .badRequest)
            #expect(try refused.json()["error"] as? String == "invalid_grant")
        }
    }
}
