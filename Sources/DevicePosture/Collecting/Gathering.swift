// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Synchronization

/// The answers to one snapshot as they come in, until all are there or it is time to go on without the rest.
final class Gathering: Sendable {
    typealias Answer = [SignalName: SignalReading]

    private struct State {
        var answers: [Answer]
        var missing: Int
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    /// A gathering of so many answers, in their order.
    init(count: Int) {
        state = Mutex(State(answers: Array(repeating: [:], count: count), missing: count))
    }

    /// Takes an answer; one that comes too late is dropped.
    func add(_ answer: Answer, at index: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isOver else { return nil }
            state.answers[index] = answer
            state.missing -= 1
            return state.missing == 0 ? Self.end(&state) : nil
        }
        waiter?.resume()
    }

    /// Goes on without what is missing.
    func end() {
        state.withLock { Self.end(&$0) }?.resume()
    }

    /// Waits for the last answer, or for ``end()``.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiter = continuation }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// What has come in.
    var answers: [Answer] { state.withLock { $0.answers } }

    private static func end(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        state.isOver = true
        defer { state.waiter = nil }
        return state.waiter
    }
}
