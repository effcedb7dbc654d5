// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Remembers what was used lately, in memory of a bounded size: two generations, of which the older is forgotten when the
/// younger is full.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Generations {
        var young: [Key: Value] = [:]
        var old: [Key: Value] = [:]
    }

    private let generations = Mutex(Generations())
    private let limit: Int

    /// A cache of at most so many values; two at least.
    init(limit: Int) { self.limit = max(2, limit) }

    /// How many are remembered.
    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// The value of a key, where it is remembered.
    subscript(key: Key) -> Value? {
        generations.withLock { generations in
            if let value = generations.young[key] { return value }
            guard let value = generations.old.removeValue(forKey: key) else { return nil }
            insert(value, for: key, into: &generations)
            return value
        }
    }

    /// Remembers a value.
    func remember(_ value: Value, for key: Key) {
        generations.withLock { generations in
            generations.old[key] = nil
            insert(value, for: key, into: &generations)
        }
    }

    private func insert(_ value: Value, for key: Key, into generations: inout Generations) {
        if generations.young.count >= limit / 2, generations.young[key] == nil {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[key] = value
    }
}
