// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AuthenticatorAgent

@Suite struct PromptQueueTests {
    private actor Order {
        private(set) var numbers: [Int] = []
        func append(_ number: Int) { numbers.append(number) }
    }

    @Test func turnsComeInTheOrderOfAsking() async throws {
        let queue = PromptQueue()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    try await queue.inTurn {
                        await order.append(number)
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                while await queue.count <= number { await Task.yield() }
            }
            try await group.waitForAll()
        }
        #expect(await order.numbers == [0, 1, 2, 3, 4])
        #expect(await queue.count == 0)
    }

    @Test func aFailureGivesTheTurnOn() async throws {
        struct Failure: Error {}
        let queue = PromptQueue()
        await #expect(throws: Failure.self) { try await queue.inTurn { throw Failure() } }
        #expect(try await queue.inTurn { 1 } == 1)
    }

    @Test func whoGivesUpWhileWaitingLosesOnlyTheOwnTurn() async throws {
        let queue = PromptQueue()
        let first = Task { try await queue.inTurn { try await Task.sleep(for: .milliseconds(200)) } }
        while await queue.count < 1 { await Task.yield() }
        let second = Task { try await queue.inTurn { 2 } }
        while await queue.count < 2 { await Task.yield() }
        let third = Task { try await queue.inTurn { 3 } }
        while await queue.count < 3 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        try await first.value
        #expect(try await third.value == 3)
    }
}
