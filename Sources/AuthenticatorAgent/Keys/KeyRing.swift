// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys

/// Opens the keys of enrolments in the stores that made them, and keeps the promptless ones open.
actor KeyRing {
    private let stores: KeyStores
    private let executor: LoopExecutor
    private var open: [String: any SigningKey] = [:]

    /// The most keys that are kept open.
    private static let capacity = 64

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(stores: KeyStores, executor: LoopExecutor) {
        self.stores = stores
        self.executor = executor
    }

    /// A key, ready to sign.
    ///
    /// - Throws: `DeviceKeyError`.
    func key(_ stored: StoredKey) async throws -> any SigningKey {
        if let key = open[stored.id], key.stored == stored { return key }
        let key = try await stores.open(stored)
        if stored.purpose != .userVerification {
            if open.count >= Self.capacity { open = [:] }
            open[stored.id] = key
        }
        return key
    }

    /// Closes a key that could not sign, so that the next use opens it again.
    func close(_ stored: StoredKey) { open[stored.id] = nil }
}
