// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// Why a challenge is not answered.
enum ChallengeRefusal: Error {
    /// The request or the challenge is not what belongs there.
    case malformed(String)
    /// The challenge is for another agent, or forged; who asks learns no more than that.
    case notForThisAgent
    /// A genuine challenge that does not count at this time.
    case outOfTime(String)
    /// A genuine challenge that a page of another origin brought.
    case foreignOrigin(RelayedChallenge)

    /// What the loopback answers.
    var answer: LoopbackAnswer {
        switch self {
        case .malformed(let message): .malformed(message)
        case .notForThisAgent: .notForThisAgent
        case .outOfTime(let message): .unauthorized("challenge_expired", message)
        case .foreignOrigin: .foreignOrigin
        }
    }
}

/// A genuine challenge that a page of another origin brought: all that a report of it needs.
struct RelayedChallenge: Sendable {
    let challenge: VerifiedChallenge
    let enrollment: Enrollment
    /// The `Origin` header as the browser sent it.
    let originHeader: String
}

/// A challenge for which every check holds, but for whether it is new.
struct AcceptedChallenge: Sendable {
    let challenge: VerifiedChallenge
    let enrollment: Enrollment
    /// The page's origin; `nil` where a link brought the challenge.
    let origin: Origin?

    var claims: ChallengeClaims { challenge.claims }
    /// Whether a link brought the challenge: nobody knows of which page.
    var isByLink: Bool { origin == nil }
}
