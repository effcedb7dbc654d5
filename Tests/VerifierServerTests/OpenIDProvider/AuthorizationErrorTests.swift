// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct AuthorizationErrorTests {
    static let untrusted: [[String: String?]] = [
        ["client_id": "nobody"], ["client_id": nil], ["redirect_uri": nil],
        ["redirect_uri": "https://app.example/callback/"], ["redirect_uri": "https://app.example/callback?x=1"],
        ["redirect_uri": "https://app.example/callbac"], ["redirect_uri": "https://APP.example/callback"],
        ["redirect_uri": "http://app.example/callback"], ["redirect_uri": "https://app.example.evil.example/callback"],
        ["redirect_uri": "https://app.example/callback#x"], ["redirect_uri": "https://app.example/other"],
        ["redirect_uri": "https://app.example:443/callback"],
    ]

    @Test(arguments: untrusted)
    func untrustedRequestIsAnsweredHereAndNowhereElse(changes: [String: String?]) async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).authorize(request(changes))
            #expect(response.status == .badRequest)
            #expect(response.headers[.location] == nil)
            #expect(response.headers[.setCookie] == nil)
            #expect(response.headers[.contentType] == "text/html; charset=utf-8")
            #expect(response.text.contains("This sign-in cannot start"))
        }
    }

    @Test(arguments: [("redirect_uri", "https://evil.example/"), ("client_id", "open")])
    func repeatedClientOrRedirectURIIsNotFollowed(name: String, value: String) async throws {
        try await TestVerifier.run { _, client in
            for doubled in [request() + [(name, value)], [(name, value)] + request()] {
                let response = try await TestBrowser(client).authorize(doubled)
                #expect(response.status == .badRequest)
                #expect(response.headers[.location] == nil)
            }
        }
    }

    @Test func endlessStateIsRefused() async throws {
        try await TestVerifier.run { _, client in
            let long = request(["state": String(repeating: "s", count: 2049)])
            let refused = try await TestBrowser(client).authorize(long).callback()
            #expect(refused["error"] == "invalid_request")
            let bearable = request(["state": String(repeating: "s", count: 2048)])
            let begun = try await TestBrowser(client).authorize(bearable)
            #expect(begun.leadsToSignIn)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var changes: [String: String?]
        var error: String
        var testDescription: String { "\(changes) → \(error)" }

        init(_ changes: [String: String?], _ error: String) {
            self.changes = changes
            self.error = error
        }
    }

    static let refused: [Case] = [
        Case(["response_type": nil], "invalid_request"),
        Case(["response_type": "token"], "unsupported_response_type"),
        Case(["response_type": "code id_token"], "unsupported_response_type"),
        Case(["response_mode": "fragment"], "invalid_request"),
        Case(["scope": nil], "invalid_scope"),
        Case(["scope": "profile"], "invalid_scope"),
        Case(["scope": "okta.myAccount.appAuthenticator.manage"], "invalid_scope"),
        Case(["request": "x.y.z"], "request_not_supported"),
        Case(["request_uri": "https://app.example/r"], "request_uri_not_supported"),
        Case(["registration": "{}"], "registration_not_supported"),
        Case(["prompt": "none login"], "invalid_request"),
        Case(["prompt": "maybe"], "invalid_request"),
        Case(["prompt": "none"], "login_required"),
        Case(["max_age": "-1"], "invalid_request"),
        Case(["max_age": "soon"], "invalid_request"),
        Case(["code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"], "invalid_request"),
        Case(
            ["code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "plain"],
            "invalid_request"),
        Case(["code_challenge": "short", "code_challenge_method": "S256"], "invalid_request"),
        Case(["code_challenge_method": "S256"], "invalid_request"),
        Case(["nonce": String(repeating: "n", count: 513)], "invalid_request"),
        Case(["id_token_hint": "not a token"], "invalid_request"),
        Case(["client_id": "spa", "redirect_uri": "https://spa.example/callback"], "invalid_request"),
    ]

    @Test(arguments: refused)
    func errorGoesToTheAppWithStateAndIssuer(of given: Case) async throws {
        try await TestVerifier.run { _, client in
            let callback = try await TestBrowser(client).authorize(request(given.changes)).callback()
            #expect(callback["error"] == given.error)
            #expect(callback["error_description"] != nil)
            #expect(callback["state"] == "st&te")
            #expect(callback["iss"] == "http://localhost:8800")
            #expect(callback["code"] == nil)
        }
    }

    @Test(arguments: ["scope", "state", "nonce", "response_type"])
    func repeatedParameterIsRefused(name: String) async throws {
        try await TestVerifier.run { _, client in
            let callback = try await TestBrowser(client).authorize(request() + [(name, "again")]).callback()
            #expect(callback["error"] == "invalid_request")
        }
    }

    @Test func errorIsAppendedToAQueryThatIsThere() async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).authorize(
                request(["redirect_uri": "https://app.example/other?x=1", "response_type": "token"]))
            #expect(response.headers[.location]?.hasPrefix("https://app.example/other?x=1&error=") == true)
        }
    }

    @Test func requestMayBePosted() async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).post("/oauth2/v1/authorize", form: request())
            #expect(response.status == .seeOther)
            #expect(response.leadsToSignIn)
        }
    }

    static let agentURIs: [(String, Bool)] = [
        ("http://127.0.0.1:49152/login/callback", true), ("http://[::1]:1/login/callback", true),
        ("http://localhost:49152/login/callback", false), ("http://127.0.0.1/login/callback", false),
        ("http://127.0.0.1:0/login/callback", false), ("http://127.0.0.1:65536/login/callback", false),
        ("http://127.0.0.1:08080/login/callback", false), ("http://127.0.0.1:49152/login/callback?x", false),
        ("http://127.0.0.1:49152/other", false), ("http://127.0.0.1:1@evil.example/login/callback", false),
        ("https://127.0.0.1:49152/login/callback", false), ("http://127.0.0.1.evil.example:1/login/callback", false),
    ]

    @Test(arguments: agentURIs)
    func agentsListenOnAPortOfTheMoment(uri: String, isAccepted: Bool) {
        #expect(RegisteredClient.agent.accepts(redirectURI: uri) == isAccepted)
    }

    @Test func refusedRequestsOfAStrangerDoNotFloodTheAuditLog() async throws {
        try await TestVerifier.run { verifier, client in
            let browser = TestBrowser(client)
            for number in 0..<100 {
                let changes: [String: String?] =
                    number.isMultiple(of: 2) ? ["client_id": "nobody"] : ["scope": "profile"]
                let response = try await browser.authorize(request(changes))
                #expect(response.status != .tooManyRequests)
                #expect(try await exchange("no-such-code", client, authorization: "Basic eDp4").status == .unauthorized)
            }
            #expect(verifier.audit.lines.count <= 61)
            #expect(try verifier.audit.events(.rateLimit).count == 1)
            #expect(try verifier.audit.events(.tokenGrant).count == 30)
        }
    }

    @Test func idTokenHintIsNotKept() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            let code = try #require(try await browser.signIn(request(), as: agent)["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            #expect(try await browser.authorize(request(["id_token_hint": token, "prompt": "login"])).leadsToSignIn)
            let kept = try await verifier.services.store.read { try $0.all(SignInTransaction.self) }
            #expect(kept.contains { $0.request.hintedUserID == agent.enrollment.user.id })
            #expect(kept.allSatisfy { $0.request.authorization.idTokenHint == nil })
        }
    }
}
