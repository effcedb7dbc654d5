// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing
import VerifierServer
import WireProtocol

@Suite struct SignInRoutesTests {
    private static let site = HTTPField.Name("Sec-Fetch-Site")!
    private static let paths = [
        "introspect", "identify", "authenticators/poll", "authenticators/poll/cancel", "challenge/retry",
        "challenge/code", "skip",
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
            #expect(failed["redirect"] as? String == "/oauth2/v1/authorize/cancel")
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
}
