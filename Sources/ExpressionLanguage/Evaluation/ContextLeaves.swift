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

    /// A path as it is looked up: its hash, and its bytes in words, of which a path has few. Names are ASCII, so that equal paths
    /// have equal bytes.
    struct Path: Sendable {
        fileprivate let hash: UInt64
        fileprivate let words: [UInt64]

        init(_ text: String) {
            hash = ExpressionMap.hash(text)
            var words: [UInt64] = [UInt64(text.utf8.count)]
            for (index, byte) in text.utf8.enumerated() {
                if index % 8 == 0 { words.append(0) }
                words[words.count - 1] |= UInt64(byte) << UInt64(index % 8 * 8)
            }
            self.words = words
        }
    }

    private let slots: [Int32]
    private let hashes: [UInt64]
    /// The words of all paths, one after the other, and where those of each begin.
    private let words: [UInt64]
    private let starts: [Int]
    let values: [ExpressionValue]
    /// The values once more by their type, `nil` for one of another: taking a part costs less than taking a whole value.
    let booleans: [Bool?]
    let integers: [Int32?]
    let texts: [String?]
    /// The texts as numbers; ``ShortText/other`` for one that is too long.
    let shortTexts: [ShortText?]
    /// Where the elements of a short list are in ``elements``; `nil` for a long list, and for what is none.
    let members: [Members?]
    /// The elements of all short lists; ``ShortText/other`` for one that is no short text.
    let elements: [ShortText]

    /// The elements of one list among those of all.
    struct Members: Sendable {
        let start: Int32
        let count: Int32

        /// The longest list whose elements are looked through one by one.
        static let longest = 64

        /// Adds a list's elements to those of others; `nil` for a long list, and for what is none.
        init?(_ value: ExpressionValue, addingTo elements: inout [ShortText]) {
            guard case .list(let list) = value, list.count <= Self.longest else { return nil }
            start = Int32(elements.count)
            count = Int32(list.count)
            elements += list.map { if case .string(let text) = $0 { ShortText(text) ?? .other } else { .other } }
        }

        /// Whether a text is among them, which is not ``ShortText/other``.
        func contain(_ text: ShortText, in elements: borrowing [ShortText]) -> Bool {
            for position in Int(start)..<Int(start + count) where elements[position] == text { return true }
            return false
        }
    }

    init(_ roots: ExpressionMap) {
        var found: [(path: String, value: ExpressionValue)] = []
        Self.collect(roots, "", 1, &found)
        if found.count > Self.limit { found = [] }
        var size = 16
        while size < found.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        let paths = found.map { Path($0.path) }
        let hashes = paths.map(\.hash)
        var words: [UInt64] = []
        var starts: [Int] = []
        for (index, hash) in hashes.enumerated() {
            starts.append(words.count)
            words += paths[index].words
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(index)
        }
        self.slots = slots
        self.hashes = hashes
        self.words = words
        self.starts = starts
        let values = found.map(\.value)
        self.values = values
        booleans = values.map(\.boolean)
        integers = values.map { if case .integer(let number) = $0 { number } else { nil } }
        let texts = values.map { value -> String? in if case .string(let text) = value { text } else { nil } }
        self.texts = texts
        shortTexts = texts.map { $0.map { ShortText($0) ?? .other } }
        var elements: [ShortText] = []
        members = values.map { Members($0, addingTo: &elements) }
        self.elements = elements
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
    func index(of path: borrowing Path) -> Int? {
        let hash = path.hash
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while true {
            let index = Int(slots[slot])
            guard index >= 0 else { return nil }
            if hashes[index] == hash, isSame(path, at: starts[index]) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// The first word is the length, so that no path is the beginning of another.
    private func isSame(_ path: borrowing Path, at start: Int) -> Bool {
        let count = path.words.count
        guard start + count <= words.count else { return false }
        for index in 0..<count where words[start + index] != path.words[index] { return false }
        return true
    }
}
