// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The last answers, for requests that come again because their connection dropped.
struct RecentAnswers {
    private var answers: [ChallengeUse: (answer: LoopbackAnswer, at: ContinuousClock.Instant)] = [:]
    private var order: [ChallengeUse] = []
    private let window: Duration

    /// The most that are remembered.
    private static let capacity = 64

    init(window: Duration) { self.window = window }

    /// The answer to a challenge, where it was given lately.
    func answer(to use: ChallengeUse, now: ContinuousClock.Instant) -> LoopbackAnswer? {
        guard let recent = answers[use], now - recent.at < window else { return nil }
        return recent.answer
    }

    /// Remembers an answer.
    mutating func record(_ answer: LoopbackAnswer, to use: ChallengeUse, now: ContinuousClock.Instant) {
        if order.count >= Self.capacity { answers[order.removeFirst()] = nil }
        if answers.updateValue((answer, now), forKey: use) == nil { order.append(use) }
    }
}
