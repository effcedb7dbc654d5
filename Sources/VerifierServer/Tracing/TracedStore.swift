// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Tracing

/// A store each of whose answers to a request is a span in the request's trace.
struct TracedStore: VerifierStore {
    let store: any VerifierStore

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await traced("read") { try await store.read(body) }
    }

    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        try await traced(durability == .synced ? "write" : "buffered_write") { try await store.write(durability, body) }
    }

    func check() async throws { try await traced("check") { try await store.check() } }

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
