// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// What the endpoint bears: long, slow, idle and many.
@Suite(.serialized) struct LoopbackBoundsTests {
    @Test func longBodyIsRefusedBeforeItIsRead() async throws {
        let fixture = try await LoopbackFixture(
            limits: {
                var limits = LoopbackLimits(); limits.maximumBodyBytes = 1000; return limits
            }())
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request("POST", "/challenge", fixture.headers() + [("Content-Length", "1000000000")])
        connection.send(String(repeating: "x", count: 2000))
        let answer = await connection.answer()
        #expect(answer?.status == 400 && answer?.headers["connection"] == "close")
        #expect(await connection.answer() == nil)
    }

    @Test func statedLengthIsRefusedBeforeAnyOfItComes() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request("POST", "/challenge", fixture.headers() + [("Content-Length", "1000000000")])
        #expect(await connection.answer()?.status == 400)
    }

    @Test func bodyThatStatesNoLengthIsBoundedToo() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request("POST", "/challenge", fixture.headers() + [("Transfer-Encoding", "chunked")])
        for _ in 0..<5 { connection.send("8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n") }
        #expect(await connection.answer()?.status == 400)
        #expect(await connection.answer() == nil)
    }

    @Test(arguments: ["GET /" + String(repeating: "a", count: 2000), String(repeating: "\r\n", count: 1000)])
    func endlessHeadIsRefusedAtOnce(_ head: String) async throws {
        var limits = LoopbackLimits()
        limits.maximumHeadBytes = 1000
        let fixture = try await LoopbackFixture(limits: limits)
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.send(head)
        #expect(await connection.answer()?.status == 400)
        #expect(await connection.answer() == nil)
    }

    @Test(arguments: ["one long field", "many fields", "long path", "endless path"])
    func longHeadIsRefused(_ kind: String) async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        let long = String(repeating: "a", count: 40_000)
        switch kind {
        case "one long field": connection.request("GET", "/probe", fixture.headers() + [("X-Long", long)])
        case "many fields": connection.request("GET", "/probe", fixture.headers() + (0..<70).map { ("X-\($0)", "y") })
        case "long path": connection.request("GET", "/\(long)", fixture.headers())
        default: connection.send("GET /\(long)")
        }
        let answer = await connection.answer()
        #expect(answer == nil || answer?.status == 400)
        #expect(await connection.answer() == nil)
    }

    @Test func slowSenderIsCutOff() async throws {
        let fixture = try await LoopbackFixture(limits: Self.patientBetweenRequests)
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.send("POST /challenge HTTP/1.1\r\nHost: localhost:\(fixture.port)\r\nContent-Length: 100\r\n\r\n")
        let time = await ContinuousClock().measure {
            let answer = await connection.answer()
            #expect(answer == nil)
        }
        #expect(time < .seconds(2))
    }

    @Test func dripOfBytesDoesNotProlongARequest() async throws {
        let fixture = try await LoopbackFixture(limits: Self.patientBetweenRequests)
        let connection = try RawHTTPConnection(port: fixture.port)
        let dripping = Task {
            for byte in "GET /probe HTTP/1.1\r\nX: " + String(repeating: "y", count: 200) {
                connection.send(String(byte))
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let time = await ContinuousClock().measure { _ = await connection.answer() }
        #expect(time < .seconds(2))
        dripping.cancel()
    }

    @Test func idleConnectionIsClosed() async throws {
        let fixture = try await LoopbackFixture(limits: Self.hasty)
        let connection = try RawHTTPConnection(port: fixture.port)
        connection.request("GET", "/probe", fixture.headers())
        #expect(await connection.answer()?.status == 200)
        let time = await ContinuousClock().measure {
            let answer = await connection.answer()
            #expect(answer == nil)
        }
        #expect(time > .milliseconds(200) && time < .seconds(3))
    }

    @Test func promptMayTakeLongerThanAnyTimeout() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil), limits: Self.hasty)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge { $0.userMediation = .required }, on: connection)
        try await Task.sleep(for: .milliseconds(1500))
        fixture.prompt.answer(.approved)
        #expect(await connection.answer()?.status == 200)
    }

    @Test func connectionsAreBoundedAndIdleOnesGiveWay() async throws {
        var limits = LoopbackLimits()
        limits.maximumConnections = 3
        let fixture = try await LoopbackFixture(limits: limits)
        let idle = try (0..<3).map { _ in try RawHTTPConnection(port: fixture.port) }
        try await Task.sleep(for: .milliseconds(50))
        #expect(try await fixture.ask("GET", "/probe", fixture.headers())?.status == 200)
        let time = await ContinuousClock().measure {
            let answer = await idle[0].answer()
            #expect(answer == nil)
        }
        #expect(time < .seconds(2))
    }

    @Test func busyConnectionsGiveNoWay() async throws {
        var limits = LoopbackLimits()
        limits.maximumConnections = 3
        let fixture = try await LoopbackFixture(limits: limits)
        let busy = try (0..<3).map { _ in try RawHTTPConnection(port: fixture.port) }
        for connection in busy {
            connection.request("POST", "/challenge", fixture.headers() + [("Content-Length", "2")])
        }
        try await Task.sleep(for: .milliseconds(100))
        let fourth = try RawHTTPConnection(port: fixture.port)
        fourth.request("GET", "/probe", fixture.headers())
        #expect(await fourth.answer() == nil)
        busy[0].send("{}")
        #expect(await busy[0].answer()?.status == 400)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func othersCannotTakeTheUsersPlaces() async throws {
        var limits = LoopbackLimits()
        limits.maximumConnections = 2
        limits.maximumForeignConnections = 2
        let fixture = try await LoopbackFixture(limits: limits)
        let others = try (0..<6).map { _ in try RawHTTPConnection(port: fixture.port, owner: 1234) }
        for other in others {
            other.request("POST", "/challenge", fixture.headers() + [("Content-Length", "2")])
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(try await fixture.ask("GET", "/probe", fixture.headers())?.status == 200)
    }

    /// Closes in time for a request that does not arrive, and not for want of one.
    private static var patientBetweenRequests: LoopbackLimits {
        var limits = hasty
        limits.idleTimeout = .seconds(60)
        return limits
    }

    private static var hasty: LoopbackLimits {
        var limits = LoopbackLimits()
        limits.readTimeout = .milliseconds(300)
        limits.idleTimeout = .milliseconds(500)
        limits.sweepInterval = .milliseconds(50)
        return limits
    }
}
