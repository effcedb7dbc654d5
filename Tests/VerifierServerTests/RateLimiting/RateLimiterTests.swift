// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

@Suite struct RateLimiterTests {
    private let sink = RecordingAuditSink()

    private func limiter(_ limit: RateLimit?, clock: ManualClock, capacity: Int = 100) -> RateLimiter {
        var limits = RateLimits()
        limits.signInsPerAddress = limit
        return RateLimiter(
            limits: limits, clock: clock.verifierClock, audit: AuditLog(sink: sink, clock: clock.verifierClock),
            capacity: capacity)
    }

    @Test func aBurstIsAllowedThenEvenlySpread() async throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(3, per: 30), clock: clock)
        for _ in 0..<3 { try await limiter.spend(.signIn, by: "a") }
        let error = try await #require(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "a") }
        #expect(error.retryAfter == 10)
        #expect(error.status == 429)
        clock.advance(10)
        try await limiter.spend(.signIn, by: "a")
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "a") }
        clock.advance(30)
        for _ in 0..<3 { try await limiter.spend(.signIn, by: "a") }
    }

    @Test func refusedTriesDoNotProlongTheWait() async throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(1, per: 10), clock: clock)
        try await limiter.spend(.signIn, by: "a")
        for _ in 0..<50 { await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "a") } }
        clock.advance(10)
        try await limiter.spend(.signIn, by: "a")
    }

    @Test func checkingDoesNotCount() async throws {
        let limiter = limiter(RateLimit(1, per: 10), clock: ManualClock())
        for _ in 0..<5 { try await limiter.check(.signIn, by: "a") }
        try await limiter.spend(.signIn, by: "a")
        await #expect(throws: VerifierError.self) { try await limiter.check(.signIn, by: "a") }
    }

    @Test func othersAreNotConcerned() async throws {
        let limiter = limiter(RateLimit(1, per: 10), clock: ManualClock())
        try await limiter.spend(.signIn, by: "a")
        try await limiter.spend(.signIn, by: "b")
        try await limiter.spend(.challenge, by: "a")
    }

    @Test func noLimitIsNone() async throws {
        let limiter = limiter(nil, clock: ManualClock())
        for _ in 0..<1000 { try await limiter.spend(.signIn, by: "a") }
        #expect(limiter.count == 0)
    }

    @Test func aClockThatWasSetBackLocksNobodyOutForLong() async throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(1, per: 10), clock: clock)
        try await limiter.spend(.signIn, by: "a")
        clock.advance(-100_000)
        clock.advance(0)
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "a") }
        let error = try await #require(throws: VerifierError.self) { try await limiter.check(.signIn, by: "a") }
        #expect((error.retryAfter ?? .max) <= 10)
    }

    @Test func memoryIsBounded() async throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(5, per: 10), clock: clock, capacity: 100)
        for number in 0..<10_000 { try await limiter.spend(.signIn, by: "\(number)") }
        #expect(limiter.count <= 100)
    }

    @Test func whatIsFullAgainIsForgottenFirst() async throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(1, per: 10), clock: clock, capacity: 10)
        for number in 0..<9 { try await limiter.spend(.signIn, by: "old \(number)") }
        clock.advance(10)
        try await limiter.spend(.signIn, by: "kept")
        try await limiter.spend(.signIn, by: "new")
        #expect(limiter.count == 2)
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "kept") }
    }

    @Test func oneRefusalInAWindowIsInTheAuditLog() async throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(2, per: 60), clock: clock)
        for _ in 0..<2 { try await limiter.spend(.signIn, by: "192.0.2.1") }
        for _ in 0..<100 {
            await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "192.0.2.1") }
            await #expect(throws: VerifierError.self) { try await limiter.check(.signIn, by: "192.0.2.1") }
        }
        let event = try #require(try sink.events(.rateLimit).first)
        #expect(sink.lines.count == 1)
        #expect(event.client?.ipAddress == "192.0.2.1")
        #expect(event.outcome.result == "DENY")
        #expect(event.debugContext.debugData == ["operation": "sign-in", "limit": "2 in 60 seconds"])
        // One try is allowed again before the window is over: that does not make the next refusal news.
        clock.advance(30)
        try await limiter.spend(.signIn, by: "192.0.2.1")
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "192.0.2.1") }
        #expect(sink.lines.count == 1)
        clock.advance(30)
        try await limiter.spend(.signIn, by: "192.0.2.1")
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "192.0.2.1") }
        #expect(sink.lines.count == 2)
    }

    @Test func refusalForAUserNamesThem() async throws {
        var limits = RateLimits()
        limits.challengesPerUser = RateLimit(1, per: 60)
        let clock = ManualClock()
        let limiter = RateLimiter(
            limits: limits, clock: clock.verifierClock, audit: AuditLog(sink: sink, clock: clock.verifierClock))
        try await limiter.spend(.challengeOf(userID: "00u1"), by: "192.0.2.1")
        await #expect(throws: VerifierError.self) {
            try await limiter.spend(.challengeOf(userID: "00u1"), by: "192.0.2.2")
        }
        let event = try #require(try sink.events(.rateLimit).first)
        #expect(event.target.map(\.id) == ["00u1"])
        #expect(event.client?.ipAddress == "192.0.2.2")
    }

    @Test func addressesOfOneIPv6NetworkCountAsOne() async throws {
        let limiter = limiter(RateLimit(1, per: 10), clock: ManualClock())
        try await limiter.spend(.signIn, by: "2001:db8:0:1::1")
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "2001:db8:0:1:ffff::2") }
        try await limiter.spend(.signIn, by: "2001:db8:0:2::1")
        try await limiter.spend(.signIn, by: "192.0.2.1")
        try await limiter.spend(.signIn, by: "192.0.2.2")
        await #expect(throws: VerifierError.self) { try await limiter.spend(.signIn, by: "::ffff:192.0.2.1") }
    }

    @Test func refusalsOfManyAreKeptWithinTheBoundToo() async throws {
        let limiter = limiter(RateLimit(1, per: 10), clock: ManualClock(), capacity: 100)
        for number in 0..<1000 {
            try? await limiter.spend(.signIn, by: "\(number)")
            try? await limiter.spend(.signIn, by: "\(number)")
        }
        #expect(limiter.count <= 100)
    }

    @Test func manyAtOnceGetNoMoreThanTheLimit() async {
        let limiter = limiter(RateLimit(50, per: 1000), clock: ManualClock(), capacity: 1000)
        let allowed = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                group.addTask {
                    try? await limiter.spend(.signIn, by: "other \(number)")
                    try? await limiter.check(.signIn, by: "a")
                    return (try? await limiter.spend(.signIn, by: "a")) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(allowed == 50)
        #expect(limiter.count == 401)
    }
}
