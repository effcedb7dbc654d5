// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The values of a context by their whole path, such as `device.profile.managed`: one look-up instead of one a name.
///
/// It holds what conditions ask for most, and not everything: what is not in it is looked up name by name.
final class ContextLeaves: Sendable {
    /// The most paths that are held; a context beyond that has none of its values here.
    private static let limit = 1024
    /// How many names a path may have.
    private static let depth = 6
    /// Stands between the names of a path; a name that has it is left out.
    static let separator = "\u{0}"

    private let slots: [Int32]
    private let hashes: [UInt64]
    private let paths: [String]
    let values: [ExpressionValue]

    init(_ roots: ExpressionMap) {
        var found: [(path: String, value: ExpressionValue)] = []
        Self.collect(roots, "", 1, &found)
        if found.count > Self.limit { found = [] }
        var size = 16
        while size < found.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        let hashes = found.map { ExpressionMap.hash($0.path) }
        for (index, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(index)
        }
        self.slots = slots
        self.hashes = hashes
        paths = found.map(\.path)
        values = found.map(\.value)
    }

    private static func collect(
        _ map: ExpressionMap, _ prefix: String, _ depth: Int, _ found: inout [(path: String, value: ExpressionValue)]
    ) {
        for entry in map.entries where found.count <= limit {
            // Names in expressions are ASCII. Swift's == takes some other letters for ASCII ones.
            guard entry.key.utf8.allSatisfy({ $0 > 0 && $0 < 0x80 }) else { continue }
            let path = prefix + entry.key
            if case .map(let inner) = entry.value {
                if depth < Self.depth { collect(inner, path + separator, depth + 1, &found) }
            } else {
                found.append((path, entry.value))
            }
        }
    }

    /// Where the value of a path is in ``values``; `nil` where it is not held.
    func index(of path: String, hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while true {
            let index = Int(slots[slot])
            guard index >= 0 else { return nil }
            // Both are ASCII, of which equal strings have equal bytes.
            if hashes[index] == hash, paths[index] == path { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
    }
}
