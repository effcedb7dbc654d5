// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import Testing
import VerifierServer
import WireProtocol

@Suite struct SignInRoutesTests {
    private static let site = HTTPField.Name("Sec-Fetch-Site")!
    private static let paths = [
        "introspect", "identify", "authenticators/poll", "authenticators/poll/cancel", "challenge/retry",
        "challenge/recheck", "challenge/code", "skip",
    ]

    @Test func everyAnswerHasTheSameShape() async throws {
        try await TestVerifier.run { verifier, client in
            _ = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request(["login_hint": "alice"]))
            let first = try await browser.ask("introspect").json()
            #expect(first["state"] as? String == "identify")
            #expect(first["identifier"] as? String == "alice")
            #expect(first["appName"] as? String == "The App")
            #expect(first["organization"] as? String == "Test & Sons")
            #expect(first["serverTime"] as? Int64 == verifier.clock.now)
            let second = try await browser.ask("identify", #"{"identifier":"alice","rememberMe":true}"#).json()
            #expect(second["state"] as? String == "challenge")
            #expect(second["refresh"] as? Int == 2000)
            let challenge = try #require(second["challenge"] as? [String: Any])
            #expect(challenge["challengeMethod"] as? String == "LOOPBACK")
            #expect(challenge["domain"] as? String == "http://localhost")
            #expect(challenge["ports"] as? [String] == LoopbackPorts.standard.map(String.init))
            #expect(challenge["probeTimeoutMillis"] as? Int == 1000)
            let claims = try UnverifiedChallenge(try #require(challenge["challengeRequest"] as? String)).claims
            #expect(claims.allowedOrigins.map(\.description) == ["http://localhost:8800"])
            #expect(claims.appInstanceName == "The App")
        }
    }

    @Test(arguments: paths)
    func otherSitesMayNotAsk(path: String) async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            var forged: [HTTPFields] = []
            forged.append([.contentType: "application/json"])
            let additions: [(HTTPField.Name, String)] = [
                (.origin, "https://evil.example"), (.origin, "null"), (.origin, "http://localhost:8801"),
                (.origin, "https://localhost:8800"), (Self.site, "cross-site"), (Self.site, "same-site"),
                (Self.site, "none"),
            ]
            for (name, value) in additions {
                var headers = TestBrowser.pageHeaders
                headers[name] = value
                forged.append(headers)
            }
            for headers in forged {
                #expect(try await browser.ask(path, headers: headers).status == .forbidden, "\(headers)")
            }
        }
    }

    @Test func pageItselfMayAsk() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            var headers = TestBrowser.pageHeaders
            headers[.origin] = "http://localhost:8800"
            headers[Self.site] = "same-origin"
            #expect(try await browser.ask("introspect", headers: headers).status == .ok)
        }
    }

    @Test(arguments: paths)
    func nothingIsToldWithoutTheCookie(path: String) async throws {
        try await TestVerifier.run { _, client in
            let body = #"{"identifier":"a","code":"b","reason":"USER_CANCELED"}"#
            let response = try await TestBrowser(client).ask(path, body)
            #expect(response.status == .gone)
            #expect(try response.json()["errorCode"] as? String == "C0000002")
        }
    }

    @Test(arguments: [
        ("identify", "{}"), ("identify", #"{"identifier":""}"#), ("identify", "[]"), ("identify", "{"),
        ("challenge/code", "{}"),
        ("authenticators/poll/cancel", #"{"reason":"BECAUSE"}"#),
        ("authenticators/poll/cancel", #"{"reason":"USER_CANCELED","statusCode":1000}"#), ("introspect", ""),
    ])
    func bodyThatDoesNotFitIsRefused(path: String, body: String) async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            #expect(try await browser.ask(path, body).status == .badRequest)
        }
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
    func anotherContentTypeIsRefused(type: String) async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            var headers = TestBrowser.pageHeaders
            headers[.contentType] = type
            #expect(try await browser.ask("introspect", headers: headers).status == .unsupportedMediaType)
        }
    }

    @Test func pageThatReachesNoAgentTriesAgain() async throws {
        try await TestVerifier.run { verifier, client in
            _ = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            _ = try await browser.ask("identify", #"{"identifier":"alice"}"#)
            let failed = try await browser.ask(
                "authenticators/poll/cancel", #"{"reason":"OV_UNREACHABLE_BY_LOOPBACK","statusCode":null}"#
            ).json()
            #expect(failed["state"] as? String == "failed")
            #expect(failed["failure"] as? String == "agentUnreachable")
            #expect(failed["redirect"] as? String == "/oauth2/v1/authorize/cancel?\(browser.query)")
            #expect(try await browser.ask("challenge/retry").json()["state"] as? String == "challenge")
        }
    }

    @Test func unknownPersonIsToldTheSameAsOneWithoutADevice() async throws {
        try await TestVerifier.run { verifier, client in
            _ = try await verifier.services.users.add(username: "alice")
            var answers: [[String]] = []
            for name in ["alice", "nobody"] {
                let browser = TestBrowser(client)
                _ = try await browser.authorize(request())
                let answer = try await browser.ask("identify", #"{"identifier":"\#(name)"}"#).json()
                answers.append(
                    answer.keys.sorted() + [answer["state"] as? String ?? "", answer["failure"] as? String ?? ""])
            }
            #expect(answers[0] == answers[1])
        }
    }

    @Test func signInIsOverAfterAnHour() async throws {
        try await TestVerifier.run { verifier, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            verifier.clock.advance(3600)
            #expect(try await browser.ask("introspect").status == .gone)
        }
    }

    @Test func twoTabsOfOneBrowserSignInAtOnce() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let first = TestBrowser(client)
            let second = first.newTab()
            _ = try await first.authorize(request(["state": "first"]))
            _ = try await second.authorize(
                request(["client_id": "open", "redirect_uri": "https://open.example/callback", "state": "second"]))
            var challenges: [String] = []
            for tab in [first, second] { challenges.append(try await tab.challenge()) }
            #expect(Set(challenges).count == 2)
            for challenge in challenges { #expect(try await agent.answer(challenge, at: client).status == .ok) }
            // The codes are exchanged after both tabs went on, and the second session took the place of the first.
            let callbacks = [try await first.go("continue").callback(), try await second.go("continue").callback()]
            #expect(callbacks.map { $0["state"] } == ["first", "second"])
            #expect(try await exchange(try #require(callbacks[0]["code"]), client).status == .ok)
            let other = try await exchange(
                try #require(callbacks[1]["code"]), client,
                changes: ["client_id": "open", "redirect_uri": "https://open.example/callback"],
                authorization: "Basic " + Data("open:\(TestVerifier.secret)".utf8).base64EncodedString())
            #expect(other.status == .ok)
            #expect(first.signIns.isEmpty)
            let next = request(["client_id": "open", "redirect_uri": "https://open.example/callback"])
            #expect(try await first.authorize(next).callback()["code"] != nil)
        }
    }

    @Test func nameOfASignInIsWorthNothingWithoutItsCookie() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let stranger = TestBrowser(client)
            _ = try await stranger.authorize(request())
            let forged = try await stranger.send(
                "/idp/idx/introspect?" + browser.query, .post, headers: TestBrowser.pageHeaders,
                body: ByteBuffer(string: "{}"))
            #expect(forged.status == .gone)
            #expect(
                try await stranger.get("/oauth2/v1/authorize/cancel?" + browser.query).headers[.location] == nil)
            #expect(try await browser.ask("introspect").status == .ok)
        }
    }

    @Test func cookieOfAnotherSignInDoesNotServeUnderAName() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let own = try #require(browser.signIns.first)
            let tab = browser.newTab()
            _ = try await tab.authorize(request())
            let other = try #require(browser.signIns.first { $0 != own })
            browser.setCookie(own, browser.cookies[other])
            #expect(try await browser.ask("introspect").status == .gone)
            #expect(try await tab.ask("introspect").status == .ok)
        }
    }

    @Test(arguments: ["", "sign_in=", "sign_in=short", "sign_in=%00", "sign_in=%", "sign_in=AAAAAAAAAAAAAAA%2F"])
    func oddNameIsNoSignIn(query: String) async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let response = try await browser.send(
                "/idp/idx/introspect?" + query, .post, headers: TestBrowser.pageHeaders,
                body: ByteBuffer(string: "{}"))
            #expect(response.status == .gone)
        }
    }

    @Test func appIsAnsweredAlsoWhereThePersonWasTooSlow() async throws {
        try await TestVerifier.run { verifier, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            verifier.clock.advance(1800)
            #expect(try await browser.ask("introspect").json()["failure"] as? String == "expired")
            #expect(try await browser.go("cancel").callback()["error"] == "access_denied")
            #expect(try await browser.go("cancel").status == .badRequest)
        }
    }
}
