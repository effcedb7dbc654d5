// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Lets one prompt be open at a time, first come, first served.
package actor PromptQueue {
    private var isTaken = false
    private var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    private var nextTicket: UInt64 = 0

    /// An empty queue.
    package init() {}

    /// How many prompts are open or wait for their turn.
    package var count: Int { (isTaken ? 1 : 0) + waiting.count }

    /// Waits for its turn, runs the body and gives the turn on.
    ///
    /// - Throws: `CancellationError` where the task was cancelled while it waited, and what the body throws.
    package func inTurn<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        guard await enter() else { throw CancellationError() }
        defer { leave() }
        try Task.checkCancellation()
        return try await body()
    }

    private func enter() async -> Bool {
        guard isTaken else {
            isTaken = true
            return true
        }
        let ticket = nextTicket
        nextTicket += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiting.append((ticket, continuation))
                }
            }
        } onCancel: {
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }

    private func leave() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }
}
