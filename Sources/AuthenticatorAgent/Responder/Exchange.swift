// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// One challenge that is being answered, for all requests that brought it. It belongs to the responder alone.
final class Exchange {
    /// Why a prompt ends before the person has answered, or touched the key.
    enum End: Hashable {
        /// The page went away.
        case withdrawn
        /// The page brought a newer challenge.
        case superseded
        /// The challenge is about to expire.
        case timedOut
    }

    let use: ChallengeUse
    let accepted: AcceptedChallenge
    let plan: ResponsePlan
    /// The requests that wait for the answer, by their number.
    var waiting: [UInt64: ChallengeBearer] = [:]
    /// Since when nobody waits.
    private(set) var orphanedSince: ContinuousClock.Instant?
    /// Why the prompt was ended.
    private(set) var end: End?
    /// Takes the prompt away, or ends a key's wait for a touch; `nil` while there is none.
    var dismissPrompt: (() -> Void)?

    init(use: ChallengeUse, accepted: AcceptedChallenge, plan: ResponsePlan) {
        self.use = use
        self.accepted = accepted
        self.plan = plan
    }

    /// Another request waits for the answer.
    func join(_ id: UInt64, _ bearer: ChallengeBearer) {
        waiting[id] = bearer
        orphanedSince = nil
    }

    /// A request is gone.
    func leave(_ id: UInt64) {
        waiting[id] = nil
        if waiting.isEmpty { orphanedSince = .now }
    }

    /// Ends the prompt, if it is not answered yet.
    func end(_ reason: End) {
        guard end == nil else { return }
        end = reason
        dismissPrompt?()
    }

    /// Whether who brought the challenge is still there, and the user's own.
    var isServed: Bool { waiting.values.contains(where: \.isServed) }
}
