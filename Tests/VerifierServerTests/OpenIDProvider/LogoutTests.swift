// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import VerifierServer

@Suite struct LogoutTests {
    private func signedIn(
        _ test: @escaping @Sendable (TestVerifier, TestBrowser, _ idToken: String) async throws -> Void
    ) async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            let code = try #require(try await browser.signIn(request(), as: agent)["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            try await test(verifier, browser, token)
        }
    }

    private static func uri(_ parameters: [(name: String, value: String?)]) -> String {
        FormParameters.append(parameters, to: "/oauth2/v1/logout")
    }

    @Test func idTokenOfThePersonSignsOutAndLeadsBack() async throws {
        try await signedIn { verifier, browser, token in
            let session = try #require(browser.cookies["cs_session"])
            verifier.clock.advance(1000)
            let response = try await browser.get(
                Self.uri([
                    ("id_token_hint", token), ("post_logout_redirect_uri", "https://app.example/bye"), ("state", "a b"),
                ]))
            #expect(response.status == .seeOther)
            #expect(response.headers[.location] == "https://app.example/bye?state=a%20b")
            #expect(browser.cookies["cs_session"] == nil)
            #expect(try await verifier.services.sessions.find(token: session) == nil)
        }
    }

    @Test func withoutAHintThePersonIsAsked() async throws {
        try await signedIn { verifier, browser, _ in
            let session = try #require(browser.cookies["cs_session"])
            let page = try await browser.get(
                Self.uri([("client_id", "app"), ("post_logout_redirect_uri", "https://app.example/bye")]))
            #expect(page.status == .ok)
            #expect(page.headers[.contentSecurityPolicy]?.contains("form-action 'self' https://app.example") == true)
            #expect(try await verifier.services.sessions.find(token: session) != nil)
            let marker = #"name="confirmation" value=""#
            let confirmation = String(
                try #require(page.text.components(separatedBy: marker).last).prefix { $0 != "\"" })
            let forged = try await browser.post(
                "/oauth2/v1/logout", form: [("confirmation", String(repeating: "x", count: 43))])
            #expect(forged.text.contains("Sign out?"))
            #expect(try await verifier.services.sessions.find(token: session) != nil)
            let response = try await browser.post(
                "/oauth2/v1/logout",
                form: [
                    ("confirmation", confirmation), ("client_id", "app"),
                    ("post_logout_redirect_uri", "https://app.example/bye"),
                ])
            #expect(response.headers[.location] == "https://app.example/bye")
            #expect(try await verifier.services.sessions.find(token: session) == nil)
        }
    }

    @Test func confirmationInALinkDoesNotCount() async throws {
        try await signedIn { verifier, browser, _ in
            let page = try await browser.get("/oauth2/v1/logout")
            let marker = #"name="confirmation" value=""#
            let confirmation = String(
                try #require(page.text.components(separatedBy: marker).last).prefix { $0 != "\"" })
            #expect(try await browser.get(Self.uri([("confirmation", confirmation)])).text.contains("Sign out?"))
            #expect(browser.cookies["cs_session"] != nil)
        }
    }

    @Test(arguments: [
        "https://evil.example/", "https://app.example/bye/", "https://app.example/callback",
        "https://app.example/bye?x",
    ])
    func nobodyIsSentToAnAddressThatIsNotRegistered(target: String) async throws {
        try await signedIn { _, browser, token in
            let response = try await browser.get(
                Self.uri([("id_token_hint", token), ("post_logout_redirect_uri", target)]))
            #expect(response.status == .badRequest)
            #expect(response.headers[.location] == nil)
        }
    }

    @Test func tokenOfOneClientDoesNotSignOutOfAnother() async throws {
        try await signedIn { verifier, browser, token in
            let response = try await browser.get(
                Self.uri([
                    ("id_token_hint", token), ("client_id", "open"),
                    ("post_logout_redirect_uri", "https://app.example/bye"),
                ]))
            #expect(response.status == .badRequest)
            #expect(browser.cookies["cs_session"] != nil)
        }
    }

    @Test func tokenOfAnotherPersonDoesNotEndTheSession() async throws {
        try await TestVerifier.run { verifier, client in
            let alice = try await verifier.person("alice", client)
            let bob = try await verifier.person("bob", client)
            let code = try #require(try await TestBrowser(client).signIn(request(), as: alice)["code"])
            let token = try #require(try await exchange(code, client).json()["id_token"] as? String)
            let browser = TestBrowser(client)
            _ = try await browser.signIn(request(), as: bob, name: "bob")
            let session = try #require(browser.cookies["cs_session"])
            let response = try await browser.get(Self.uri([("id_token_hint", token)]))
            #expect(response.text.contains("Sign out?"))
            #expect(try await verifier.services.sessions.find(token: session) != nil)
        }
    }

    @Test func requestThatNamesSomethingTwiceEndsNothing() async throws {
        try await signedIn { _, browser, token in
            let response = try await browser.get(Self.uri([("id_token_hint", token), ("state", "a"), ("state", "b")]))
            #expect(response.status == .badRequest)
            #expect(browser.cookies["cs_session"] != nil)
        }
    }

    @Test func addressWithoutAClientIsNotFollowed() async throws {
        try await signedIn { _, browser, _ in
            let response = try await browser.get(Self.uri([("post_logout_redirect_uri", "https://app.example/bye")]))
            #expect(response.status == .badRequest)
        }
    }

    @Test func tokenThatWasTamperedWithIsNoHint() async throws {
        try await signedIn { verifier, browser, token in
            let tampered = String(token.dropLast(8)) + "AAAAAAAA"
            let response = try await browser.get(Self.uri([("id_token_hint", tampered)]))
            #expect(response.text.contains("Sign out?"))
            #expect(browser.cookies["cs_session"] != nil)
        }
    }

    @Test func thereIsNothingToEndWithoutASession() async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).get("/oauth2/v1/logout")
            #expect(response.text.contains("You are signed out"))
        }
    }
}
