// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Tracing

/// A store whose answers are timed, and are spans in the traces of the requests that they are for.
struct MeasuredStore: VerifierStore {
    let store: any VerifierStore
    let metrics: VerifierMetrics

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await timed("read") { try await store.read(body) }
    }

    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        try await timed(durability == .synced ? "write" : "buffered_write") { try await store.write(durability, body) }
    }

    func check() async throws { try await timed("check") { try await store.check() } }

    /// What a caller's own words threw is no failure of the store's, and neither is a key that is taken.
    private func timed<Result>(_ operation: String, _ body: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        defer { metrics.storeTimes.observe(operation, start.duration(to: .now)) }
        do { return try await traced(operation, body) } catch let error as StoreError {
            if case .alreadyExists = error { throw error }
            metrics.storeFailures.count(operation)
            throw error
        }
    }

    private func traced<Result>(_ operation: String, _ body: () async throws -> Result) async throws -> Result {
        // What the verifier does of its own accord, such as tidying up, would be a trace of one span each time.
        guard ServiceContext.current != nil else { return try await body() }
        return try await withSpan("store \(operation)", ofKind: .client) { span in
            span.updateAttributes {
                $0["db.system.name"] = "sqlite"
                $0["db.operation.name"] = operation
            }
            return try await body()
        }
    }
}
