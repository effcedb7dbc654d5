// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization
import Testing

@testable import VerifierServer

@Suite struct RateLimiterTests {
    private func limiter(_ limit: RateLimit?, clock: ManualClock, capacity: Int = 100) -> RateLimiter {
        var limits = RateLimits()
        limits.signInsPerAddress = limit
        return RateLimiter(limits: limits, clock: clock.verifierClock, capacity: capacity)
    }

    @Test func aBurstIsAllowedThenEvenlySpread() throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(3, per: 30), clock: clock)
        let action = RateLimitedAction.signIn(address: "a")
        for _ in 0..<3 { try limiter.spend(action) }
        let error = try #require(throws: VerifierError.self) { try limiter.spend(action) }
        #expect(error.retryAfter == 10)
        #expect(error.status == 429)
        clock.advance(10)
        try limiter.spend(action)
        #expect(throws: VerifierError.self) { try limiter.spend(action) }
        clock.advance(30)
        for _ in 0..<3 { try limiter.spend(action) }
    }

    @Test func refusedTriesDoNotProlongTheWait() throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(1, per: 10), clock: clock)
        let action = RateLimitedAction.signIn(address: "a")
        try limiter.spend(action)
        for _ in 0..<50 { #expect(throws: VerifierError.self) { try limiter.spend(action) } }
        clock.advance(10)
        try limiter.spend(action)
    }

    @Test func checkingDoesNotCount() throws {
        let limiter = limiter(RateLimit(1, per: 10), clock: ManualClock())
        let action = RateLimitedAction.signIn(address: "a")
        for _ in 0..<5 { try limiter.check(action) }
        try limiter.spend(action)
        #expect(throws: VerifierError.self) { try limiter.check(action) }
    }

    @Test func othersAreNotConcerned() throws {
        let limiter = limiter(RateLimit(1, per: 10), clock: ManualClock())
        try limiter.spend(.signIn(address: "a"))
        try limiter.spend(.signIn(address: "b"))
        try limiter.spend(.challenge(address: "a"))
    }

    @Test func noLimitIsNone() throws {
        let limiter = limiter(nil, clock: ManualClock())
        for _ in 0..<1000 { try limiter.spend(.signIn(address: "a")) }
        #expect(limiter.count == 0)
    }

    @Test func aClockThatWasSetBackLocksNobodyOutForLong() throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(1, per: 10), clock: clock)
        try limiter.spend(.signIn(address: "a"))
        clock.advance(-100_000)
        clock.advance(0)
        #expect(throws: VerifierError.self) { try limiter.spend(.signIn(address: "a")) }
        let error = try #require(throws: VerifierError.self) { try limiter.check(.signIn(address: "a")) }
        #expect((error.retryAfter ?? .max) <= 10)
    }

    @Test func memoryIsBounded() throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(5, per: 10), clock: clock, capacity: 100)
        for number in 0..<10_000 { try limiter.spend(.signIn(address: "\(number)")) }
        #expect(limiter.count <= 100)
    }

    @Test func whatIsFullAgainIsForgottenFirst() throws {
        let clock = ManualClock()
        let limiter = limiter(RateLimit(1, per: 10), clock: clock, capacity: 10)
        for number in 0..<9 { try limiter.spend(.signIn(address: "old \(number)")) }
        clock.advance(10)
        try limiter.spend(.signIn(address: "kept"))
        try limiter.spend(.signIn(address: "new"))
        #expect(limiter.count == 2)
        #expect(throws: VerifierError.self) { try limiter.spend(.signIn(address: "kept")) }
    }

    @Test func manyAtOnceGetNoMoreThanTheLimit() {
        let limiter = limiter(RateLimit(50, per: 1000), clock: ManualClock(), capacity: 1000)
        let allowed = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 400) { number in
            try? limiter.spend(.signIn(address: "other \(number)"))
            try? limiter.check(.signIn(address: "a"))
            if (try? limiter.spend(.signIn(address: "a"))) != nil { allowed.add(1, ordering: .relaxed) }
        }
        #expect(allowed.load(ordering: .relaxed) == 50)
        #expect(limiter.count == 401)
    }
}
