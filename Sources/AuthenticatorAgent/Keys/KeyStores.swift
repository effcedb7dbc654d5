// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys

/// The key stores of this agent, one of each kind that it has support for.
package struct KeyStores: Sendable {
    private let stores: [KeyKind: any KeyStore]

    /// These stores.
    package init(_ stores: [any KeyStore]) {
        self.stores = Dictionary(stores.map { ($0.kind, $0) }) { first, _ in first }
    }

    /// The store of a kind.
    ///
    /// - Throws: `DeviceKeyError` where this agent has none.
    package func store(of kind: KeyKind) throws(DeviceKeyError) -> any KeyStore {
        guard let store = stores[kind] else {
            throw DeviceKeyError(.unavailable, "this agent has no support for keys of the kind '\(kind.rawValue)'")
        }
        return store
    }

    /// Opens a key in the store that made it.
    ///
    /// - Throws: `DeviceKeyError`.
    package func open(_ key: StoredKey) async throws -> any SigningKey {
        try await store(of: key.kind).open(key)
    }

    /// Destroys keys in the stores that made them; those of a store that this agent has not are left alone.
    package func delete(_ keys: [StoredKey]) async throws {
        for key in keys { try await stores[key.kind]?.delete(key) }
    }

    /// What stays of these keys in hardware when they are deleted, a sentence each, for a person.
    package func remainders(of keys: [StoredKey]) -> [String] {
        keys.compactMap { stores[$0.kind]?.remainder(of: $0) }
    }

    /// Destroys every key that is not among these.
    package func deleteAll(except kept: [StoredKey]) async throws {
        for store in stores.values { try await store.deleteAll(except: kept.filter { $0.kind == store.kind }) }
    }
}
