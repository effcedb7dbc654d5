// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import DeviceKeys
internal import Synchronization

/// Runs operations on the TPM one after another, on a thread of their own, each with a connection of its own and a limit to its
/// time.
///
/// tpm2-tss waits without end for an answer. A thread that does so is left behind at the limit; when the answer comes after all,
/// it cleans up and ends.
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
    /// - Parameter limit: counted from the call; by default that of the options for one operation.
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
        // Goes on where the task is cancelled: an operation that hangs then is left behind all the same.
        let watch = Task {
            try await Task.sleep(for: limit)
            self.abandon(answer, executor)
        }
        executor.run {
            defer { watch.cancel() }
            // What nobody waits for any more is not begun.
            guard answer.begin() else { return }
            let result = Result {
                defer { DeadStack.wipe() }
                return try body()
            }
            if answer.end(result) { self.state.withLock { $0.abandoned -= 1 } }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.await($0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    private func abandon<Value>(_ answer: Answer<Value>, _ executor: BlockingSerialExecutor) {
        state.withLock { state in
            // What waits for its turn leaves no thread behind: what runs before it has a limit of its own.
            guard answer.abandon(DeviceKeyError(.timedOut, "the TPM did not answer in time: try again")) else { return }
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

/// What one caller waits for, given once, by whoever comes first; and how far the operation is.
private final class Answer<Value: Sendable>: Sendable {
    private typealias Outcome = Result<Value, any Error>

    private enum Wait {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case given(Outcome)
        case over
    }

    private enum Progress { case queued, begun, abandoned, ended }

    private struct State {
        var wait = Wait.open
        var progress = Progress.queued

        /// Takes the answer, if it is the first one; returns who waits for it.
        mutating func give(_ outcome: Outcome) -> CheckedContinuation<Value, any Error>? {
            switch wait {
            case .open:
                wait = .given(outcome)
                return nil
            case .awaited(let continuation):
                wait = .over
                return continuation
            case .given, .over: return nil
            }
        }
    }

    private let state = Mutex(State())

    func await(_ continuation: CheckedContinuation<Value, any Error>) {
        let given: Outcome? = state.withLock { state in
            if case .given(let outcome) = state.wait {
                state.wait = .over
                return outcome
            }
            state.wait = .awaited(continuation)
            return nil
        }
        if let given { continuation.resume(with: given) }
    }

    /// Gives an answer, unless there is one already.
    func give(_ outcome: Result<Value, any Error>) {
        state.withLock { $0.give(outcome) }?.resume(with: outcome)
    }

    /// Notes that the operation begins; `false` where there is an answer already.
    func begin() -> Bool {
        state.withLock { state in
            switch state.wait {
            case .given, .over: return false
            case .open, .awaited:
                state.progress = .begun
                return true
            }
        }
    }

    /// Gives the operation's own answer; returns whether it was abandoned before.
    func end(_ outcome: Result<Value, any Error>) -> Bool {
        let (waiting, wasAbandoned) = state.withLock { state in
            defer { state.progress = .ended }
            return (state.give(outcome), state.progress == .abandoned)
        }
        waiting?.resume(with: outcome)
        return wasAbandoned
    }

    /// Gives up waiting; returns whether the operation runs, and so keeps its thread.
    func abandon(_ error: DeviceKeyError) -> Bool {
        let (waiting, isRunning) = state.withLock { state in
            let isRunning = state.progress == .begun
            if isRunning { state.progress = .abandoned }
            let waiting = state.progress == .ended ? nil : state.give(.failure(error))
            return (waiting, isRunning)
        }
        waiting?.resume(throwing: error)
        return isRunning
    }
}
