// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Limits how often each of many keys may do something, with memory for a bounded number of them.
struct TokenBuckets<Key: Hashable> {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let burst: Double
    private let interval: Duration
    private let capacity: Int
    private var buckets: [Key: Bucket] = [:]

    /// - Parameter burst: how often at once.
    /// - Parameter interval: how long until one more is allowed.
    /// - Parameter capacity: how many keys are remembered; where there are more, those that have recovered are forgotten, and
    ///   a new key is refused where none has.
    init(burst: Int, every interval: Duration, capacity: Int = 256) {
        self.burst = Double(burst)
        self.interval = interval
        self.capacity = capacity
    }

    /// Takes a token of a key, where one is left.
    mutating func take(_ key: Key, now: ContinuousClock.Instant = .now) -> Bool {
        var tokens = available(key, now)
        guard tokens >= 1, buckets[key] != nil || makeRoom(now) else { return false }
        tokens -= 1
        buckets[key] = Bucket(tokens: tokens, at: now)
        return true
    }

    /// Whether a token of a key is left.
    func allows(_ key: Key, now: ContinuousClock.Instant = .now) -> Bool {
        available(key, now) >= 1
    }

    private func available(_ key: Key, _ now: ContinuousClock.Instant) -> Double {
        guard let bucket = buckets[key] else { return burst }
        return min(burst, bucket.tokens + (now - bucket.at) / interval)
    }

    private mutating func makeRoom(_ now: ContinuousClock.Instant) -> Bool {
        guard buckets.count >= capacity else { return true }
        buckets = buckets.filter { available($0.key, now) < burst }
        return buckets.count < capacity
    }
}
