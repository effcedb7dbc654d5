// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import WireProtocol

/// What is limited: for each client's address, or for each user.
package enum RateLimitedAction: Hashable, Sendable {
    /// A sign-in is begun.
    case signIn
    /// A challenge or a name's look-up is asked for.
    case challenge
    /// A challenge is made for a user.
    case challengeOf(userID: String)
    /// A user's device is to be looked at again.
    case recheckOf(userID: String)
    /// A wrong code came.
    case failedCode
    /// A wrong code came for a user.
    case failedCodeOf(userID: String)
    /// A response was refused.
    case failedResponse
    /// An enrolment is asked for, its keys, or its end.
    case enrollment
    /// An app's request was refused. Limits what is written of it, not the answers: an app speaks for all its people.
    case refusedRequest
    /// The management API is asked with a token that does not count.
    case refusedToken
    /// The management API is asked with a token.
    case management(tokenID: String)

    /// The user, where it is limited for each.
    var userID: String? {
        switch self {
        case .challengeOf(let userID), .recheckOf(let userID), .failedCodeOf(let userID): userID
        case .signIn, .challenge, .failedCode, .failedResponse, .enrollment, .refusedRequest, .refusedToken,
            .management:
            nil
        }
    }

    /// Whether each client's address has an allowance of its own.
    var isPerAddress: Bool { if case .management = self { false } else { userID == nil } }

    /// Its name in the audit log.
    var name: String {
        switch self {
        case .signIn: "sign-in"
        case .challenge: "challenge"
        case .challengeOf: "challenge of a user"
        case .recheckOf: "another look at a user's device"
        case .failedCode: "failed code"
        case .failedCodeOf: "failed code of a user"
        case .failedResponse: "failed response"
        case .enrollment: "enrolment"
        case .refusedRequest: "refused request of an app"
        case .refusedToken: "refused token"
        case .management: "management API"
        }
    }
}

/// Counts what is done too often, in memory of a bounded size, and tells the audit log.
///
/// Keeps, for each action and key, the time at which the allowance would be full again (the generic cell rate algorithm): a
/// burst of the limit's count, then evenly spread.
package final class RateLimiter: Sendable {
    private struct Key: Hashable {
        var action: RateLimitedAction
        /// `nil` where the action is limited for each user or token.
        var network: String?
    }

    private struct Entry {
        /// When the allowance is full again, in seconds since 1970.
        var fullAgain: Double
        /// Until when the audit log needs no further word of it.
        var toldUntil: Double = 0
    }

    private enum Verdict {
        case allowed(fullAgain: Double)
        case refused(wait: Double, isNews: Bool)
    }

    private let limits: RateLimits
    private let clock: VerifierClock
    private let audit: AuditLog
    private let metrics: VerifierMetrics
    private let capacity: Int
    private let entries = Mutex<[Key: Entry]>([:])

    /// A limiter that remembers at most so many keys.
    package init(
        limits: RateLimits, clock: VerifierClock, audit: AuditLog, metrics: VerifierMetrics = VerifierMetrics(),
        capacity: Int = 100_000
    ) {
        self.limits = limits
        self.clock = clock
        self.audit = audit
        self.metrics = metrics
        self.capacity = max(1, capacity)
    }

    /// Counts an action, or refuses it.
    ///
    /// - Throws: ``VerifierError`` with status 429 and the seconds to wait.
    package func spend(_ action: RateLimitedAction, by address: String) async throws(VerifierError) {
        try await decide(action, by: address, counts: true)
    }

    /// Counts an action, or refuses it; answers what is left of the allowance, `nil` where there is no limit.
    ///
    /// - Throws: ``VerifierError`` with status 429 and the seconds to wait.
    func standing(
        afterSpending action: RateLimitedAction, by address: String
    ) async throws(VerifierError) -> RateLimitStanding? {
        try await decide(action, by: address, counts: true)
    }

    /// Refuses where the allowance is used up, without counting.
    ///
    /// - Throws: ``VerifierError`` with status 429 and the seconds to wait.
    package func check(_ action: RateLimitedAction, by address: String) async throws(VerifierError) {
        try await decide(action, by: address, counts: false)
    }

    /// How many keys are remembered.
    package var count: Int { entries.withLock { $0.count } }

    @discardableResult
    private func decide(
        _ action: RateLimitedAction, by address: String, counts: Bool
    ) async throws(VerifierError) -> RateLimitStanding? {
        guard let limit = limit(of: action) else { return nil }
        let key = Key(action: action, network: action.isPerAddress ? Self.network(of: address) : nil)
        switch verdict(key, limit, counts: counts) {
        case .allowed(let fullAgain): return RateLimitStanding(limit, fullAgain: fullAgain, now: clock.now())
        case .refused(let wait, let isNews):
            metrics.refusals.count(action.name)
            if isNews { await audit.record(Self.event(action, by: address, limit)) }
            throw refusal(waiting: wait)
        }
    }

    private func verdict(_ key: Key, _ limit: RateLimit, counts: Bool) -> Verdict {
        let now = Double(clock.now())
        let window = Double(limit.seconds)
        return entries.withLock { entries in
            var entry = entries[key] ?? Entry(fullAgain: now)
            // A clock that was set back must not lock anybody out for longer than the limit's own time.
            entry.fullAgain = max(now, min(entry.fullAgain, now + window))
            let next = entry.fullAgain + window / Double(limit.count)
            let excess = next - now - window
            guard excess > 0.000_001 else {
                guard counts else { return .allowed(fullAgain: entry.fullAgain) }
                makeRoom(in: &entries, now: now)
                entry.fullAgain = next
                entries[key] = entry
                return .allowed(fullAgain: next)
            }
            // One line for each key and window: the log cannot be flooded by the one whom it tells of.
            let isNews = now >= min(entry.toldUntil, now + window)
            if isNews {
                entry.toldUntil = now + window
                entries[key] = entry
            }
            return .refused(wait: excess, isNews: isNews)
        }
    }

    /// At the limit, what is full again is forgotten first; where that is nothing, an arbitrary tenth.
    private func makeRoom(in entries: inout [Key: Entry], now: Double) {
        guard entries.count >= capacity else { return }
        entries = entries.filter { $0.value.fullAgain > now }
        guard entries.count >= capacity else { return }
        for key in Array(entries.keys.prefix(max(1, capacity / 10))) { entries[key] = nil }
    }

    /// What stands for an address: of IPv6 its first 64 bits, since one machine has all addresses of such a network.
    private static func network(of address: String) -> String {
        guard let bytes = IPAddress(address)?.bytes else { return address }
        return bytes.prefix(bytes.count == 16 ? 8 : 4).map { String($0, radix: 16) }.joined(separator: ":")
    }

    private static func event(_ action: RateLimitedAction, by address: String, _ limit: RateLimit) -> AuditEvent {
        AuditEvent(
            .rateLimit, outcome: .deny("too many requests"), address: address,
            targets: action.userID.map { [.user(id: $0, username: nil)] } ?? [],
            debugData: ["operation": action.name, "limit": "\(limit.count) in \(limit.seconds) seconds"])
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
        case .recheckOf: limits.rechecksPerUser
        case .failedCode: limits.failedCodesPerAddress
        case .failedCodeOf: limits.failedCodesPerUser
        case .failedResponse: limits.failedResponsesPerAddress
        case .enrollment: limits.enrollmentsPerAddress
        case .refusedRequest: limits.refusedRequestsPerAddress
        case .refusedToken: limits.refusedTokensPerAddress
        case .management: limits.managementRequestsPerToken
        }
    }
}
