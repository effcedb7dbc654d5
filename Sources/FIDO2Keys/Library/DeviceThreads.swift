// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import DeviceKeys
internal import Synchronization

/// Threads for keys, one a key: one that waits for a touch holds up no other.
enum DeviceThreads {
    private static let executors = Mutex<[String: BlockingSerialExecutor]>([:])

    /// The most keys that are remembered; a machine has two or three.
    private static let limit = 64

    private static func executor(for path: String) -> BlockingSerialExecutor {
        executors.withLock { executors in
            if let known = executors[path] { return known }
            if executors.count >= limit { executors.removeAll() }
            let new = BlockingSerialExecutor(label: "countersign.fido2 \(path)")
            executors[path] = new
            return new
        }
    }

    /// Opens a key, runs a body with it, and closes it, on the key's thread. Cancelling the task cancels what the key waits for,
    /// and this returns when the key's call has ended.
    ///
    /// - Parameter timeout: for each call on the key.
    /// - Throws: what the body throws, a ``CTAPFailure`` where the key cannot be opened, or `CancellationError`.
    static func withDevice<Result: Sendable>(
        _ entry: DeviceEntry, timeout: Duration, _ body: @escaping @Sendable (OpenDevice) throws -> Result
    ) async throws -> Result {
        let call = DeviceCall()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                executor(for: entry.path).run {
                    defer { call.end() }
                    continuation.resume(with: Swift.Result { try run(entry, timeout, call, body) })
                }
            }
        } onCancel: {
            call.cancel()
        }
    }

    private static func run<Result>(
        _ entry: DeviceEntry, _ timeout: Duration, _ call: DeviceCall, _ body: (OpenDevice) throws -> Result
    ) throws -> Result {
        do {
            if call.isCancelled { throw CancellationError() }
            let device = try OpenDevice(entry, timeout: timeout, call: call)
            defer { device.close() }
            return try body(device)
        } catch let failure as CTAPFailure {
            throw call.isCancelled ? CancellationError() : failure
        }
    }
}
