// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A store whose answers are timed.
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
        do { return try await body() } catch let error as StoreError {
            if case .alreadyExists = error { throw error }
            metrics.storeFailures.count(operation)
            throw error
        }
    }
}
