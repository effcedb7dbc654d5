// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AuthenticatorAgent

@Suite struct PromptQueueTests {
    private actor Order {
        private(set) var numbers: [Int] = []
        func append(_ number: Int) { numbers.append(number) }
    }

    /// Holds the first turn until the test lets it go, so that the others are sure to wait.
    private func holder(of queue: PromptQueue) async throws -> (Task<Void, any Error>, AsyncStream<Void>.Continuation) {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let holder = Task { try await queue.inTurn { for await _ in gate {} } }
        try await waiting(in: queue, reaches: 1)
        return (holder, opener)
    }

    private func waiting(in queue: PromptQueue, reaches count: Int) async throws {
        while await queue.count < count { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test(.timeLimit(.minutes(1))) func turnsComeInTheOrderOfAsking() async throws {
        let queue = PromptQueue()
        let order = Order()
        let (holder, opener) = try await holder(of: queue)
        var turns: [Task<Void, any Error>] = []
        for number in 0..<5 {
            turns.append(Task { try await queue.inTurn { await order.append(number) } })
            try await waiting(in: queue, reaches: number + 2)
        }
        opener.finish()
        try await holder.value
        for turn in turns { try await turn.value }
        #expect(await order.numbers == [0, 1, 2, 3, 4])
        #expect(await queue.count == 0)
    }

    @Test func aFailureGivesTheTurnOn() async throws {
        struct Failure: Error {}
        let queue = PromptQueue()
        await #expect(throws: Failure.self) { try await queue.inTurn { throw Failure() } }
        #expect(try await queue.inTurn { 1 } == 1)
    }

    @Test(.timeLimit(.minutes(1))) func whoGivesUpWhileWaitingLosesOnlyTheOwnTurn() async throws {
        let queue = PromptQueue()
        let (holder, opener) = try await holder(of: queue)
        let second = Task { try await queue.inTurn { 2 } }
        try await waiting(in: queue, reaches: 2)
        let third = Task { try await queue.inTurn { 3 } }
        try await waiting(in: queue, reaches: 3)
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        opener.finish()
        try await holder.value
        #expect(try await third.value == 3)
    }
}
