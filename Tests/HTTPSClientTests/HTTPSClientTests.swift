// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPSClient
import TestSupport
import Testing

@Suite struct HTTPSClientTests {
    private func code(_ body: () async throws -> some Any) async -> HTTPSClientError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? HTTPSClientError)?.code
        }
    }

    @Test func bodyAndHeadersArriveBothWays() async throws {
        let server = try StubHTTPServer { _ in
            .init(201, headers: ["Date": "today", "Retry-After": " 7 ", "X-Other": "no"], body: "answer")
        }
        let response = try await HTTPSClient().send(
            HTTPSRequest(
                .post, server.origin + "/path?q=1", headers: ["Content-Type": "application/json"],
                body: Array("{}".utf8)))
        #expect(
            response
                == HTTPSResponse(
                    status: 201, headers: ["date": "today", "retry-after": "7"], body: Array("answer".utf8)))
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.path == "/path?q=1" && request.body == "{}")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["user-agent"] == "countersign")
        #expect(request.headers["cookie"] == nil)
    }

    @Test(arguments: [(HTTPSRequest.Method.get, "GET"), (.delete, "DELETE"), (.post, "POST")])
    func methodIsSent(_ method: HTTPSRequest.Method, _ name: String) async throws {
        let server = try StubHTTPServer()
        _ = try await HTTPSClient().send(HTTPSRequest(method, server.origin))
        #expect(server.requests.map(\.method) == [name])
    }

    @Test(arguments: [
        ("Retry-After", "120", "120"), ("RETRY-AFTER", "  120 \t", "120"), ("retry-after", "", ""),
        ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("Retry-Afte", "120", nil), ("X-Retry-After", "120", nil), ("Retry-After2", "120", nil),
    ])
    func fieldsOfInterestAreKeptHoweverTheyAreSpelt(_ name: String, _ value: String, _ kept: String?) async throws {
        let server = try StubHTTPServer { _ in .init(200, headers: [name: value, "X-Other": "retry-after: 9"]) }
        let response = try await HTTPSClient().send(HTTPSRequest(.get, server.origin + "/"))
        #expect(response.headers["retry-after"] == kept)
        #expect(response.headers["x-other"] == nil)
    }

    @Test func connectionIsUsedAgain() async throws {
        let server = try StubHTTPServer()
        let client = HTTPSClient()
        for _ in 0..<5 { _ = try await client.send(HTTPSRequest(.get, server.origin)) }
        #expect(Set(server.requests.map(\.connection)) == [0])
    }

    @Test(arguments: [301, 302, 303, 307, 308]) func redirectIsNotFollowed(_ status: Int) async throws {
        let target = try StubHTTPServer()
        let server = try StubHTTPServer { [origin = target.origin] _ in .init(status, headers: ["Location": origin]) }
        let response = try await HTTPSClient().send(HTTPSRequest(.post, server.origin, body: [1]))
        #expect(response.status == status)
        #expect(target.requests.isEmpty)
    }

    @Test func cookiesAreNotKept() async throws {
        let server = try StubHTTPServer { _ in .init(200, headers: ["Set-Cookie": "a=b"]) }
        let client = HTTPSClient()
        for _ in 0..<2 { _ = try await client.send(HTTPSRequest(.get, server.origin)) }
        #expect(server.requests.allSatisfy { $0.headers["cookie"] == nil })
    }

    @Test func answerIsReadOnlyToItsLimit() async throws {
        let server = try StubHTTPServer { _ in .init(200, body: String(repeating: "x", count: 2000)) }
        let client = HTTPSClient(.init(maximumResponseBytes: 1999))
        #expect(await code { try await client.send(HTTPSRequest(.get, server.origin)) } == .tooLarge)
    }

    @Test func slowAnswerTimesOut() async throws {
        let server = try StubHTTPServer { _ in .init(200, delayMillis: 3000) }
        #expect(
            await code { try await HTTPSClient().send(HTTPSRequest(.get, server.origin, timeoutMillis: 100)) }
                == .timedOut)
    }

    @Test func slowServerHoldsUpNobodyElse() async throws {
        let slow = try StubHTTPServer { _ in .init(200, delayMillis: 2000) }
        let fast = try StubHTTPServer()
        let client = HTTPSClient()
        let waiting = Task { try await client.send(HTTPSRequest(.get, slow.origin)) }
        try await Task.sleep(for: .milliseconds(50))
        let time = try await ContinuousClock().measure { _ = try await client.send(HTTPSRequest(.get, fast.origin)) }
        #expect(time < .milliseconds(1500))
        waiting.cancel()
    }

    @Test func cancelledTaskEndsTheExchange() async throws {
        let server = try StubHTTPServer { _ in .init(200, delayMillis: 10_000) }
        let client = HTTPSClient()
        let task = Task { try await client.send(HTTPSRequest(.get, server.origin)) }
        _ = await server.requests(count: 1)
        task.cancel()
        #expect(await code { try await task.value } == .cancelled)
    }

    @Test func taskCancelledBeforeEndsAtOnce() async throws {
        let server = try StubHTTPServer { _ in .init(200, delayMillis: 10_000) }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await HTTPSClient().send(HTTPSRequest(.get, server.origin))
        }
        #expect(await code { try await task.value } == .cancelled)
    }

    @Test func nobodyListeningIsUnreachable() async throws {
        let server = try StubHTTPServer()
        server.stop()
        #expect(await code { try await HTTPSClient().send(HTTPSRequest(.get, "http://127.0.0.1:1")) } == .unreachable)
    }

    @Test func connectionThatBreaksIsBroken() async throws {
        let server = try StubHTTPServer { _ in nil }
        #expect(await code { try await HTTPSClient().send(HTTPSRequest(.post, server.origin, body: [1])) } == .broken)
    }

    @Test func plainHTTPToOtherMachinesIsSpokenWhereTheClientAllowsIt() async throws {
        let server = try StubHTTPServer()
        // The system takes this address for its own; the client does not.
        let request = HTTPSRequest(.get, "http://0.0.0.0:\(server.port)/")
        #expect(await code { try await HTTPSClient().send(request) } == .invalidRequest)
        let client = HTTPSClient(.init(allowsPlainHTTP: true))
        #expect(try await client.send(request).status == 200)
        #expect(await code { try await client.send(HTTPSRequest(.get, "ftp://0.0.0.0/")) } == .invalidRequest)
    }

    @Test(arguments: [
        "http://example.com/", "http://127.0.0.2/", "http://localhost.example.com/", "ftp://localhost/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/", "https://user:secret@example.com/", "not a url", "", "//localhost/", "https://",
    ])
    func addressThatMayNotBeUsedIsRefused(_ url: String) async {
        #expect(await code { try await HTTPSClient().send(HTTPSRequest(.get, url)) } == .invalidRequest)
    }

    @Test(arguments: [["X": "a\r\nY: b"], ["X\nY": "b"], ["": "b"]])
    func headersThatBreakTheRequestAreRefused(_ headers: [String: String]) async throws {
        let server = try StubHTTPServer()
        #expect(
            await code { try await HTTPSClient().send(HTTPSRequest(.get, server.origin, headers: headers)) }
                == .invalidRequest)
        #expect(server.requests.isEmpty)
    }

    @Test func manyAtOnceAreAllAnswered() async throws {
        let server = try StubHTTPServer { .init(200, body: $0.path) }
        let client = HTTPSClient()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<40 {
                group.addTask {
                    let response = try await client.send(HTTPSRequest(.get, "\(server.origin)/\(index)"))
                    return String(decoding: response.body, as: UTF8.self) == "/\(index)"
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func handingOverCostsLittle() async throws {
        let server = try StubHTTPServer()
        let client = HTTPSClient()
        var best = Duration.seconds(1)
        for _ in 0..<200 {
            let time = try await ContinuousClock().measure {
                _ = try await client.send(HTTPSRequest(.get, server.origin))
            }
            best = min(best, time)
        }
        #expect(best < .milliseconds(2))
    }
}
