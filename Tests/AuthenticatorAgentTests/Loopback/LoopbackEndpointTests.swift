// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// What the endpoint answers on the wire, and what it bears.
@Suite(.serialized) struct LoopbackEndpointTests {
    private func with(_ name: String, _ value: String?, in headers: [(String, String)]) -> [(String, String)] {
        headers.filter { $0.0 != name } + (value.map { [(name, $0)] } ?? [])
    }

    @Test(arguments: ["https://id.example.com", "https://evil.example.com"])
    func probeAnswersEveryOriginWithNothingButCORS(_ origin: String) async throws {
        let fixture = try await LoopbackFixture()
        let answer = try #require(try await fixture.ask("GET", "/probe", fixture.headers(origin: origin)))
        #expect(answer.status == 200 && answer.body.isEmpty)
        #expect(answer.headers["content-type"] == nil && answer.headers["content-length"] == "0")
        #expect(answer.headers["access-control-allow-origin"] == origin)
        #expect(answer.headers["access-control-allow-credentials"] == nil)
        #expect(answer.headers["vary"] == "Origin" && answer.headers["server"] == nil)
    }

    @Test func probeNeedsNoOrigin() async throws {
        let fixture = try await LoopbackFixture()
        let answer = try await fixture.ask("GET", "/probe", [("Host", "127.0.0.1:\(fixture.port)")])
        #expect(answer?.status == 200)
        #expect(answer?.headers["access-control-allow-origin"] == nil)
    }

    @Test(arguments: ["/probe", "/challenge"]) func preflightAllowsWhatTheSignInWidgetSends(_ path: String) async throws
    {
        let fixture = try await LoopbackFixture()
        let answer = try #require(
            try await fixture.ask(
                "OPTIONS", path,
                [
                    ("Host", "localhost:\(fixture.port)"), ("Origin", fixture.page),
                    ("Access-Control-Request-Method", "POST"),
                    ("Access-Control-Request-Headers", "content-type,x-okta-xsrftoken"), ("Sec-Fetch-Mode", "cors"),
                ]))
        #expect(answer.status == 204)
        #expect(answer.headers["access-control-allow-origin"] == fixture.page)
        #expect(answer.headers["access-control-allow-headers"] == "Content-Type, X-Okta-Xsrftoken")
        #expect(answer.headers["access-control-allow-methods"]?.contains("POST") == true)
        #expect(answer.headers["content-length"] == nil)
    }

    @Test func successHasNoBodyAndNoType() async throws {
        let fixture = try await LoopbackFixture()
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 200 && answer.body.isEmpty)
        #expect(answer.headers["content-type"] == nil)
        #expect(answer.headers["access-control-allow-origin"] == fixture.page)
    }

    @Test(arguments: [
        ("GET", "/", 404), ("GET", "/probe/", 404), ("GET", "/probe?x=1", 404), ("POST", "/probe", 405),
        ("GET", "/challenge", 405), ("DELETE", "/challenge", 405), ("PUT", "/probe", 405), ("OPTIONS", "/other", 404),
    ])
    func otherPathsAndMethodsAreRefused(_ method: String, _ path: String, _ status: Int) async throws {
        let fixture = try await LoopbackFixture()
        let answer = try #require(try await fixture.ask(method, path, fixture.headers()))
        #expect(answer.status == status)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.headers["access-control-allow-origin"] == fixture.page)
        #expect((answer.headers["allow"] != nil) == (status == 405))
        _ = try JSON.decode(LoopbackError.self, from: Array(answer.body.utf8))
    }

    @Test(arguments: ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"]) func loopbackHostsAreServed(_ host: String)
        async throws
    {
        let fixture = try await LoopbackFixture()
        let headers = with("Host", "\(host):\(fixture.port)", in: fixture.headers())
        #expect(try await fixture.ask("GET", "/probe", headers)?.status == 200)
    }

    @Test(arguments: [
        "evil.example.com:PORT", "localhost", "localhost:1", "127.0.0.1.nip.io:PORT", "0.0.0.0:PORT", "localhost.:PORT",
        "",
    ])
    func otherHostsAreNotServed(_ host: String) async throws {
        let fixture = try await LoopbackFixture()
        let headers = with("Host", host.replacing("PORT", with: "\(fixture.port)"), in: fixture.headers())
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        #expect(try await fixture.ask("POST", "/challenge", headers, body: body)?.status == 400)
        #expect(try await fixture.ask("GET", "/probe", headers)?.status == 400)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test func requestWithoutOrWithTwoHostsIsMalformed() async throws {
        let fixture = try await LoopbackFixture()
        let headers = fixture.headers()
        #expect(try await fixture.ask("GET", "/probe", with("Host", nil, in: headers))?.status == 400)
        #expect(try await fixture.ask("GET", "/probe", headers + [headers[0]])?.status == 400)
    }

    @Test(arguments: [nil, "null", "", "two", String(repeating: "x", count: 301)])
    func challengeNeedsOneOrigin(_ origin: String?) async throws {
        let fixture = try await LoopbackFixture()
        var headers = with("Origin", origin == "two" ? fixture.page : origin, in: fixture.headers())
        if origin == "two" { headers.append(("Origin", fixture.page)) }
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        let answer = try await fixture.ask("POST", "/challenge", headers, body: body)
        #expect(answer?.status == 400)
        #expect(answer?.headers["access-control-allow-origin"] == nil)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test(arguments: [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "iframe")])
    func onlyAScriptsFetchIsServed(_ name: String, _ value: String) async throws {
        let fixture = try await LoopbackFixture()
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        let headers = fixture.headers() + [(name, value)]
        #expect(try await fixture.ask("POST", "/challenge", headers, body: body)?.status == 400)
        #expect(try await fixture.ask("GET", "/probe", headers)?.status == 400)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", nil])
    func otherContentTypesAreMalformed(_ type: String?) async throws {
        let fixture = try await LoopbackFixture()
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        let headers = with("Content-Type", type, in: fixture.headers())
        #expect(try await fixture.ask("POST", "/challenge", headers, body: body)?.status == 400)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test func contentTypeMayNameACharset() async throws {
        let fixture = try await LoopbackFixture()
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        let headers = with("Content-Type", "application/json; charset=utf-8", in: fixture.headers())
        #expect(try await fixture.ask("POST", "/challenge", headers, body: body)?.status == 200)
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"challengeRequest":1}"#, #"{"challenge":"x"}"#, "\u{0}\u{1}",
        String(repeating: "[", count: 100_000), #"{"a":"# + String(repeating: #"{"a":"#, count: 10_000),
    ])
    func bodyThatIsNoRequestIsMalformed(_ body: String) async throws {
        let fixture = try await LoopbackFixture()
        let answer = try await fixture.ask("POST", "/challenge", fixture.headers(), body: body)
        #expect(answer?.status == 400)
        #expect(answer?.headers["access-control-allow-origin"] == fixture.page)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }

    @Test func chunkedBodyIsRead() async throws {
        let fixture = try await LoopbackFixture()
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request("POST", "/challenge", fixture.headers() + [("Transfer-Encoding", "chunked")])
        for part in [body.prefix(10), body.dropFirst(10)] {
            connection.send("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
            try await Task.sleep(for: .milliseconds(20))
        }
        connection.send("0\r\n\r\n")
        #expect(await connection.answer()?.status == 200)
    }

    @Test func expectationIsMet() async throws {
        let fixture = try await LoopbackFixture()
        let body = #"{"challengeRequest":"\#(try await fixture.challenge())"}"#
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request(
            "POST", "/challenge",
            fixture.headers() + [("Expect", "100-continue"), ("Content-Length", "\(body.utf8.count)")])
        #expect(await connection.answer()?.status == 100)
        connection.send(body)
        #expect(await connection.answer()?.status == 200)
    }

    @Test(arguments: ["200-ok", "100-continue"]) func otherExpectationIsRefused(_ expectation: String) async throws {
        let fixture = try await LoopbackFixture()
        let length = expectation == "100-continue" ? "200000" : "10"
        let answer = try await fixture.ask(
            "POST", "/challenge", fixture.headers() + [("Expect", expectation), ("Content-Length", length)])
        #expect(answer?.status == 400)
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET /probe\r\n\r\n", "GET /probe HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{0}\u{5}hello\r\n\r\n",
        "GET /probe HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /challenge HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /probe HTTP/1.1\r\nBad Header\r\n\r\n",
    ])
    func whatIsNotHTTPEndsTheConnection(_ text: String) async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.send(text)
        let answer = await connection.answer()
        #expect(answer == nil || answer?.status == 400)
        #expect(await connection.answer() == nil)
        #expect(try await fixture.ask("GET", "/probe", fixture.headers())?.status == 200)
    }

    @Test func connectionIsKeptAlive() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        for _ in 0..<3 {
            connection.request("GET", "/probe", fixture.headers())
            #expect(await connection.answer()?.status == 200)
            fixture.send(try await fixture.challenge(), on: connection)
            #expect(await connection.answer()?.status == 200)
        }
        connection.request("GET", "/probe", fixture.headers() + [("Connection", "close")])
        #expect(await connection.answer()?.headers["connection"] == "close")
        #expect(await connection.answer() == nil)
    }

    @Test func requestBehindAnUnansweredOneIsNotRead() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil))
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge { $0.userMediation = .required }, on: connection)
        await fixture.prompt.shown(1)
        connection.request("GET", "/probe", fixture.headers())
        try await Task.sleep(for: .milliseconds(100))
        fixture.prompt.answer(.approved)
        let answer = await connection.answer()
        #expect(answer?.status == 200 && answer?.headers["connection"] == "close")
        #expect(await connection.answer() == nil)
    }

    @Test func stoppedServerListensNoMore() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request("GET", "/probe", fixture.headers())
        #expect(await connection.answer()?.status == 200)
        await fixture.server.stop()
        #expect(await connection.answer() == nil)
        #expect(throws: POSIXFailure.self) { try RawHTTPConnection(port: fixture.port) }
    }
}
