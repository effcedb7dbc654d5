// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

extension ChallengeResponder {
    /// Answers a challenge that a link brought; cancelling the task withdraws the prompt.
    ///
    /// - Returns: what a page would be told, or `nil` where the task was cancelled.
    func answer(link compact: String) async -> LoopbackAnswer? {
        let id = nextLinkID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let first = FirstAnswer(continuation)
                waitingLinks[id] = first
                receive(ChallengeSubmission(compact: compact, bearer: .link), id: id) { first.give($0) }
            }
        } onCancel: {
            Task { await self.abandonLink(id) }
        }
    }

    private func abandonLink(_ id: UInt64) {
        abandon(id)
        waitingLinks.removeValue(forKey: id)?.give(nil)
    }
}
