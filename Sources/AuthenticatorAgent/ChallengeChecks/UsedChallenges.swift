// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// One challenge from one origin, or by links.
struct ChallengeUse: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// The first 128 bits of a digest of both.
    ///
    /// - Parameter origin: the page's; `nil` for a link.
    init(hash: String, origin: Origin?) {
        let digest = SHA256.hash(Array("\(hash)\n\(origin?.description ?? "link")".utf8))
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        high = word(digest[0..<8])
        low = word(digest[8..<16])
    }
}

/// The challenges that were taken up, for as long as they count.
///
/// Two generations: what is in the older one is forgotten when it can count no more.
struct UsedChallenges {
    private var current: Set<ChallengeUse> = []
    private var previous: Set<ChallengeUse> = []
    private var since: ContinuousClock.Instant

    /// The longest that an accepted challenge may still count: its life, and the leeway at both ends.
    private static let longestLife = Duration.seconds(ChallengeClaims.lifetime + 2 * ChallengeChecks.leeway)
    /// The most that are remembered in a generation.
    static let capacity = 65_536

    init(now: ContinuousClock.Instant) { since = now }

    /// Whether a challenge was taken up before.
    func contains(_ use: ChallengeUse) -> Bool { current.contains(use) || previous.contains(use) }

    /// Records that a challenge is taken up.
    ///
    /// - Returns: `false` where there is no room: the challenge must not be answered.
    mutating func record(_ use: ChallengeUse, now: ContinuousClock.Instant) -> Bool {
        if now - since >= Self.longestLife {
            previous = now - since >= Self.longestLife * 2 ? [] : current
            current = []
            since = now
        }
        guard current.count < Self.capacity else { return false }
        current.insert(use)
        return true
    }

    /// Forgets a challenge to which nobody gave an answer.
    mutating func forget(_ use: ChallengeUse) {
        current.remove(use)
        previous.remove(use)
    }
}
