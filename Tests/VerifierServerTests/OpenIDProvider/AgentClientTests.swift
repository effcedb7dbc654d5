// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import HTTPTypes
import NIOCore
import Testing
import VerifierServer

/// The agents' own client: a one-time code opens it, and it alone.
@Suite struct AgentClientTests {
    private static let proof = String(repeating: "p", count: 64)
    private static let agentRequest = request([
        "client_id": "countersign-agent", "redirect_uri": "http://127.0.0.1:4000/login/callback",
        "scope": "okta.myAccount.appAuthenticator.manage", "code_challenge": SHA256.base64URL(of: proof),
        "code_challenge_method": "S256",
    ])

    @Test func oneTimeCodeLeadsToATokenThatEnrols() async throws {
        try await TestVerifier.run { verifier, client in
            _ = try await verifier.services.users.add(username: "alice")
            let code = try await verifier.services.codes.issue(username: "alice")
            let browser = TestBrowser(client)
            #expect(try await browser.authorize(Self.agentRequest).leadsToSignIn)
            #expect(try await browser.ask("identify", #"{"identifier":"alice"}"#).json()["state"] as? String == "code")
            let answer = try await browser.ask("challenge/code", #"{"code":"\#(code.lowercased())"}"#).json()
            #expect(answer["state"] as? String == "success")
            let callback = try await browser.go("continue").callback(
                "http://127.0.0.1:4000/login/callback?")
            #expect(browser.cookies["cs_session"] == nil)
            #expect(try await verifier.services.store.read { try $0.all(Session.self) } == [])
            let grant = try await exchange(
                try #require(callback["code"]), client,
                changes: [
                    "redirect_uri": "http://127.0.0.1:4000/login/callback", "client_id": "countersign-agent",
                    "code_verifier": Self.proof,
                ], authorization: nil
            ).json()
            #expect(grant["id_token"] == nil)
            let token = try #require(grant["access_token"] as? String)
            _ = try await SoftwareAgent.enroll(code: "", authorization: "Bearer \(token)", at: client)
            let info = try await browser.get("/oauth2/v1/userinfo", headers: [.authorization: "Bearer \(token)"])
            #expect(info.status == .forbidden)
            #expect(info.headers[.wwwAuthenticate]?.contains("insufficient_scope") == true)
        }
    }

    @Test func codeOpensNoApp() async throws {
        try await TestVerifier.run { verifier, client in
            _ = try await verifier.services.users.add(username: "alice")
            let code = try await verifier.services.codes.issue(username: "alice")
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let answer = try await browser.ask("identify", #"{"identifier":"alice"}"#).json()
            #expect(answer["state"] as? String == "failed")
            #expect(answer["failure"] as? String == "noDevice")
            _ = try await browser.ask("challenge/code", #"{"code":"\#(code)"}"#)
            #expect(try await browser.go("continue").headers[.location] == nil)
        }
    }

    @Test func accessTokenOfAnAppEnrolsNothing() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let code = try #require(try await TestBrowser(client).signIn(request(), as: agent)["code"])
            let token = try #require(try await exchange(code, client).json()["access_token"] as? String)
            let response = try await TestBrowser(client).send(
                "/idp/myaccount/app-authenticators", .post,
                headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                body: .init(string: "{}"))
            #expect(response.status == .forbidden)
        }
    }

    @Test func appThatAsksForTheScopeOfEnrolmentIsNotGrantedIt() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let asked = request(["scope": "openid okta.myAccount.appAuthenticator.manage"])
            let code = try #require(try await TestBrowser(client).signIn(asked, as: agent)["code"])
            let grant = try await exchange(code, client).json()
            #expect(grant["scope"] as? String == "openid")
            let token = try #require(grant["access_token"] as? String)
            let response = try await TestBrowser(client).send(
                "/idp/myaccount/app-authenticators", .post,
                headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                body: .init(string: "{}"))
            #expect(response.status == .forbidden)
            let info = try await TestBrowser(client).get(
                "/oauth2/v1/userinfo", headers: [.authorization: "Bearer \(token)"]
            ).json()
            #expect(info["sub"] as? String != nil)
            #expect(info["name"] == nil && info["preferred_username"] == nil)
        }
    }

    @Test func agentMustUsePKCE() async throws {
        try await TestVerifier.run { _, client in
            let without = Self.agentRequest.filter { !$0.0.hasPrefix("code_challenge") }
            let callback = try await TestBrowser(client).authorize(without).callback("http://127.0.0.1:4000/")
            #expect(callback["error"] == "invalid_request")
        }
    }
}
