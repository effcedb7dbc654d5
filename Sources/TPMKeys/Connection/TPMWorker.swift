// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import DeviceKeys
internal import Synchronization

/// Runs operations on the TPM one after another, on a thread of their own, each with a connection of its own and a limit to its
/// time.
///
/// tpm2-tss waits without end for an answer. A thread that does so is left behind; when the answer comes after all, it cleans
/// up and ends.
final class TPMWorker: Sendable {
    private struct State {
        var executor = BlockingSerialExecutor(label: "countersign.tpm-keys")
        var abandoned = 0
    }

    /// How many threads may be left behind before the TPM is given up.
    private static let mostAbandoned = 2

    private let options: TPMOptions
    private let state = Mutex(State())

    init(_ options: TPMOptions) { self.options = options }

    /// Runs an operation.
    ///
    /// What it opened in the TPM is flushed before this returns, whatever happens; only where the limit is reached or the task
    /// is cancelled is that done later.
    /// - Throws: `DeviceKeyError`, or `CancellationError`.
    func perform<Value: Sendable>(
        within limit: Duration? = nil, _ operation: @escaping @Sendable (TPMConnection) throws -> Value
    ) async throws -> Value {
        let options = options
        return try await run(within: limit ?? options.operationLimit) { try Self.connected(options, operation) }
    }

    /// Computes what takes long, on the same thread.
    func compute<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await run(within: options.operationLimit, body)
    }

    private func run<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let executor = try state.withLock { state throws(DeviceKeyError) in
            guard state.abandoned < Self.mostAbandoned else {
                throw DeviceKeyError(.unavailable, "the TPM does not answer: restart the machine if it stays so")
            }
            return state.executor
        }
        let answer = Answer<Value>()
        executor.run {
            let result = Result {
                // What nobody waits for any more is not begun.
                if answer.isOver { throw CancellationError() }
                defer { Self.wipeDeadStack() }
                return try body()
            }
            if !answer.give(result) {
                self.state.withLock { $0.abandoned = max(0, $0.abandoned - answer.wasAbandoned) }
            }
        }
        let watch = Task {
            try await Task.sleep(for: limit)
            self.abandon(answer, executor)
        }
        defer { watch.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.await($0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// What returned functions of tpm2-tss and OpenSSL have left of authorization values on the thread's stack.
    private static func wipeDeadStack() {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { wipe($0) }
    }

    private func abandon<Value>(_ answer: Answer<Value>, _ executor: BlockingSerialExecutor) {
        let error = DeviceKeyError(.timedOut, "the TPM did not answer in time: try again")
        state.withLock { state in
            guard answer.abandon(.failure(error)) else { return }
            state.abandoned += 1
            if state.executor === executor { state.executor = State().executor }
        }
    }

    private static func connected<Value>(
        _ options: TPMOptions, _ operation: (TPMConnection) throws -> Value
    ) throws -> Value {
        let connection = try TPMConnection(options)
        do {
            let value = try operation(connection)
            connection.close(hasFailed: false)
            return value
        } catch {
            connection.close(hasFailed: true)
            if let failure = error as? TPMFailure { throw DeviceKeyError(failure) }
            throw error
        }
    }
}

/// What one caller waits for: given once, by whoever comes first.
private final class Answer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case given(Result<Value, any Error>)
        case over
    }

    private let state = Mutex(State.open)
    private let abandoned = Mutex(false)

    /// One, where the limit was reached first.
    var wasAbandoned: Int { abandoned.withLock { $0 ? 1 : 0 } }

    /// Whether an answer was given.
    var isOver: Bool {
        state.withLock {
            switch $0 {
            case .open, .awaited: false
            case .given, .over: true
            }
        }
    }

    func await(_ continuation: CheckedContinuation<Value, any Error>) {
        let given: Result<Value, any Error>? = state.withLock { state in
            if case .given(let result) = state {
                state = .over
                return result
            }
            state = .awaited(continuation)
            return nil
        }
        if let given { continuation.resume(with: given) }
    }

    /// Gives the answer; `false` where there is one already.
    @discardableResult
    func give(_ result: Result<Value, any Error>) -> Bool {
        let (first, waiting): (Bool, CheckedContinuation<Value, any Error>?) = state.withLock { state in
            switch state {
            case .open:
                state = .given(result)
                return (true, nil)
            case .awaited(let continuation):
                state = .over
                return (true, continuation)
            case .given, .over: return (false, nil)
            }
        }
        waiting?.resume(with: result)
        return first
    }

    /// Gives the answer that there was none.
    func abandon(_ result: Result<Value, any Error>) -> Bool {
        abandoned.withLock { abandoned in
            abandoned = give(result)
            return abandoned
        }
    }
}
