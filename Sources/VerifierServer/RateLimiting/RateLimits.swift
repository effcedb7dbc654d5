// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How often something may be done: so many times at once, and as many again over a time.
package struct RateLimit: Hashable, Sendable {
    /// How many times.
    package var count: Int
    /// In how many seconds.
    package var seconds: Int64

    /// A limit; both at least 1.
    package init(_ count: Int, per seconds: Int64) {
        self.count = max(1, count)
        self.seconds = max(1, seconds)
    }
}

/// The limits of the verifier; `nil` is none.
package struct RateLimits: Hashable, Sendable {
    /// Sign-ins begun by one address. Generous: an office stands behind one address.
    package var signInsPerAddress: RateLimit? = RateLimit(600, per: 60)
    /// Challenges and names asked for in sign-ins of one address.
    package var challengesPerAddress: RateLimit? = RateLimit(600, per: 60)
    /// Challenges made for one user.
    package var challengesPerUser: RateLimit? = RateLimit(60, per: 60)
    /// Looks at a device again that are asked for by one user.
    package var rechecksPerUser: RateLimit? = RateLimit(12, per: 60)
    /// Wrong codes from one address.
    package var failedCodesPerAddress: RateLimit? = RateLimit(30, per: 900)
    /// Wrong codes tried for one user.
    package var failedCodesPerUser: RateLimit? = RateLimit(10, per: 900)
    /// Responses that were refused, from one address.
    package var failedResponsesPerAddress: RateLimit? = RateLimit(120, per: 60)
    /// Enrolments, their keys and their ends asked for by one address.
    package var enrollmentsPerAddress: RateLimit? = RateLimit(60, per: 60)
    /// Refused requests of apps from one address that are written to the audit log.
    package var refusedRequestsPerAddress: RateLimit? = RateLimit(60, per: 60)
    /// Requests to the management API with tokens that do not count, from one address.
    package var refusedTokensPerAddress: RateLimit? = RateLimit(60, per: 60)
    /// Requests to the management API with one token.
    package var managementRequestsPerToken: RateLimit? = RateLimit(600, per: 60)

    /// The standard limits.
    package init() {}

    /// No limits, for measurements.
    package static var unlimited: RateLimits {
        var limits = RateLimits()
        limits.signInsPerAddress = nil
        limits.challengesPerAddress = nil
        limits.challengesPerUser = nil
        limits.rechecksPerUser = nil
        limits.failedCodesPerAddress = nil
        limits.failedCodesPerUser = nil
        limits.failedResponsesPerAddress = nil
        limits.enrollmentsPerAddress = nil
        limits.refusedRequestsPerAddress = nil
        limits.refusedTokensPerAddress = nil
        limits.managementRequestsPerToken = nil
        return limits
    }
}

/// What is left of an allowance after something was done.
package struct RateLimitStanding: Hashable, Sendable {
    /// How many times at once.
    package let limit: Int
    /// How many times are left now.
    package let remaining: Int
    /// When the allowance is full again, in seconds since 1970.
    package let reset: Int64

    init(_ limit: RateLimit, fullAgain: Double, now: Int64) {
        self.limit = limit.count
        let used = max(0, fullAgain - Double(now)) / Double(limit.seconds) * Double(limit.count)
        remaining = max(0, limit.count - Int((used - 0.000_001).rounded(.up)))
        reset = Int64(max(fullAgain, Double(now)).rounded(.up))
    }
}
