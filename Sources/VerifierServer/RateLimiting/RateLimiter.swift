// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import WireProtocol

/// What is limited.
package enum RateLimitedAction: Hashable, Sendable {
    /// A sign-in is begun.
    case signIn(address: String)
    /// A challenge or a name's look-up is asked for.
    case challenge(address: String)
    /// A challenge is made for a user.
    case challengeOf(userID: String)
    /// A wrong code came.
    case failedCode(address: String)
    /// A wrong code came for a user.
    case failedCodeOf(userID: String)
    /// A response was refused.
    case failedResponse(address: String)
    /// An enrolment is asked for, or its end.
    case enrollment(address: String)
}

/// Counts what is done too often, in memory of a bounded size.
///
/// Keeps, for each action and key, the time at which the allowance would be full again (the generic cell rate algorithm): a
/// burst of the limit's count, then evenly spread.
package final class RateLimiter: Sendable {
    private let limits: RateLimits
    private let clock: VerifierClock
    private let capacity: Int
    private let fullAgain = Mutex<[RateLimitedAction: Double]>([:])

    /// A limiter that remembers at most so many keys.
    package init(limits: RateLimits, clock: VerifierClock, capacity: Int = 100_000) {
        self.limits = limits
        self.clock = clock
        self.capacity = max(1, capacity)
    }

    /// Counts an action, or refuses it.
    ///
    /// - Throws: ``VerifierError`` with status 429 and the seconds to wait.
    package func spend(_ action: RateLimitedAction) throws(VerifierError) {
        guard let limit = limit(of: action) else { return }
        let now = Double(clock.now())
        let cost = Double(limit.seconds) / Double(limit.count)
        let wait = fullAgain.withLock { entries -> Double in
            // A clock that was set back must not lock anybody out for longer than the limit's own time.
            let known = min(entries[action] ?? now, now + Double(limit.seconds))
            let next = max(known, now) + cost
            let excess = next - now - Double(limit.seconds)
            if excess > 0.000_001 { return excess }
            makeRoom(in: &entries, now: now)
            entries[action] = next
            return 0
        }
        if wait > 0 { throw refusal(waiting: wait) }
    }

    /// Refuses where the allowance is used up, without counting.
    ///
    /// - Throws: ``VerifierError`` with status 429 and the seconds to wait.
    package func check(_ action: RateLimitedAction) throws(VerifierError) {
        guard let limit = limit(of: action) else { return }
        let now = Double(clock.now())
        let cost = Double(limit.seconds) / Double(limit.count)
        let known = fullAgain.withLock { min($0[action] ?? now, now + Double(limit.seconds)) }
        let excess = max(known, now) + cost - now - Double(limit.seconds)
        if excess > 0.000_001 { throw refusal(waiting: excess) }
    }

    /// How many keys are remembered.
    package var count: Int { fullAgain.withLock { $0.count } }

    /// At the limit, what is full again is forgotten first; where that is nothing, an arbitrary tenth.
    private func makeRoom(in entries: inout [RateLimitedAction: Double], now: Double) {
        guard entries.count >= capacity else { return }
        entries = entries.filter { $0.value > now }
        guard entries.count >= capacity else { return }
        for key in Array(entries.keys.prefix(max(1, capacity / 10))) { entries[key] = nil }
    }

    private func refusal(waiting seconds: Double) -> VerifierError {
        let whole = max(1, Int(seconds.rounded(.up)))
        return VerifierError(
            429, .rateLimited, "Too many tries. Wait \(whole) second\(whole == 1 ? "" : "s"), then try again.",
            retryAfter: whole)
    }

    private func limit(of action: RateLimitedAction) -> RateLimit? {
        switch action {
        case .signIn: limits.signInsPerAddress
        case .challenge: limits.challengesPerAddress
        case .challengeOf: limits.challengesPerUser
        case .failedCode: limits.failedCodesPerAddress
        case .failedCodeOf: limits.failedCodesPerUser
        case .failedResponse: limits.failedResponsesPerAddress
        case .enrollment: limits.enrollmentsPerAddress
        }
    }
}
