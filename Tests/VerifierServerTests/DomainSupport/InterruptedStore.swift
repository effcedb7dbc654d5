// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

@testable import VerifierServer

/// The store of a world, where something comes between what a caller read and what it writes.
final class InterruptedStore: VerifierStore {
    private let store: any VerifierStore
    private let interruption = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ store: any VerifierStore) { self.store = store }

    /// Does something just before the next write.
    func beforeNextWrite(_ body: @escaping @Sendable () async throws -> Void) {
        interruption.withLock { $0 = body }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result { try await store.read(body) }

    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        let interrupt = interruption.withLock { interruption in
            defer { interruption = nil }
            return interruption
        }
        try await interrupt?()
        return try await store.write(durability, body)
    }
}

extension VerifierWorld {
    /// The services of this world a second time, on a store that can be interrupted.
    func interrupted() async throws -> (services: VerifierServices, store: InterruptedStore) {
        let store = InterruptedStore(store)
        return (try await Self.services(in: folder, store: store, clock: clock, audit: audit), store)
    }
}
