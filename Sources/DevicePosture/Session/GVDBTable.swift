// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A hash table in the form of GVDB, in which dconf keeps settings and GLib compiled schemas.
///
/// Every offset is checked against the file, every list against its length. Files of the other byte order are refused.
/// Source: GLib's `gvdb-format.h`.
struct GVDBTable: Sendable {
    /// A value with its type.
    struct Variant: Hashable, Sendable {
        /// The type in the letters of GVariant, such as `b`, `u` or `(u(yau))`.
        let type: String
        /// The serialized value.
        let bytes: ArraySlice<UInt8>
    }

    private static let itemSize = 24

    private let file: [UInt8]
    private let buckets: Range<Int>
    private let items: Range<Int>

    /// The root table of a file.
    init(parsing file: [UInt8]) throws(ReadFailure) {
        guard file.count >= 24, file.starts(with: Array("GVariant".utf8)), file.word(at: 8) == 0,
            let start = file.word(at: 16), let end = file.word(at: 20)
        else { throw .malformed }
        try self.init(file, from: start, to: end)
    }

    private init(_ file: [UInt8], from start: Int, to end: Int) throws(ReadFailure) {
        guard start <= end, end <= file.count, end - start >= 8, let bloom = file.word(at: start),
            let count = file.word(at: start + 4)
        else { throw .malformed }
        let first = start + 8 + (bloom & 0x07FF_FFFF) * 4
        let items = first + count * 4
        guard first <= end, items <= end, (end - items) % Self.itemSize == 0 else { throw .malformed }
        self.file = file
        buckets = first..<items
        self.items = items..<end
    }

    /// Whether there is a value or a table of this name.
    func contains(_ name: String) -> Bool { item(name) != nil }

    /// The value of this name.
    func variant(_ name: String) -> Variant? {
        guard let item = item(name), item.kind == UInt8(ascii: "v") else { return nil }
        let bytes = file[item.value]
        // A variant is the value, a zero, and the type.
        guard let zero = bytes.lastIndex(of: 0) else { return nil }
        return Variant(type: String(decoding: bytes[(zero + 1)...], as: UTF8.self), bytes: bytes[..<zero])
    }

    /// The table of this name.
    func table(_ name: String) -> GVDBTable? {
        guard let item = item(name), item.kind == UInt8(ascii: "H") else { return nil }
        return try? GVDBTable(file, from: item.value.lowerBound, to: item.value.upperBound)
    }

    private func item(_ name: String) -> (kind: UInt8, value: Range<Int>)? {
        let name = Array(name.utf8)
        guard !buckets.isEmpty else { return nil }
        let hash = Self.hash(name)
        let count = buckets.count / 4
        let bucket = Int(hash % UInt32(count))
        let total = items.count / Self.itemSize
        guard let first = file.word(at: buckets.lowerBound + bucket * 4) else { return nil }
        let next = bucket + 1 < count ? file.word(at: buckets.lowerBound + (bucket + 1) * 4) ?? 0 : total
        guard first <= next, next <= total else { return nil }
        for index in first..<next {
            let offset = items.lowerBound + index * Self.itemSize
            guard file.word(at: offset) == Int(hash), isNamed(name, itemAt: index) else { continue }
            guard let start = file.word(at: offset + 16), let end = file.word(at: offset + 20), start <= end,
                end <= file.count
            else { return nil }
            return (file[offset + 14], start..<end)
        }
        return nil
    }

    /// Whether the item has this name, which the items above it hold the beginnings of.
    private func isNamed(_ name: [UInt8], itemAt index: Int) -> Bool {
        var rest = name[...]
        var index = index
        // Each step takes a part of the name, or the last one the nothing that is left; a circle of empty parts ends, too.
        for _ in 0...name.count {
            let offset = items.lowerBound + index * Self.itemSize
            guard index < items.count / Self.itemSize, let parent = file.word(at: offset + 4),
                let start = file.word(at: offset + 8), let size = file.half(at: offset + 12),
                start + size <= file.count,
                rest.count >= size, rest.suffix(size).elementsEqual(file[start..<(start + size)])
            else { return false }
            rest = rest.dropLast(size)
            if parent == Int(UInt32.max) { return rest.isEmpty }
            index = parent
        }
        return false
    }

    /// The hash of a name: that of Daniel J. Bernstein over characters with a sign.
    private static func hash(_ name: [UInt8]) -> UInt32 {
        name.reduce(5381) { $0 &* 33 &+ UInt32(bitPattern: Int32(Int8(bitPattern: $1))) }
    }
}

extension GVDBTable.Variant {
    /// The first member of a structure: a yes or no, or a number of 32 bits.
    var firstMember: GVDBTable.Variant? {
        guard type.hasPrefix("("), let letter = type.dropFirst().first else { return nil }
        let size =
            switch letter {
            case "b": 1
            case "u", "i": 4
            default: 0
            }
        guard size > 0, bytes.count >= size else { return nil }
        return GVDBTable.Variant(type: String(letter), bytes: bytes.prefix(size))
    }

    /// The value as text: of a yes or no, a number of 32 bits, or a text.
    var text: String? {
        switch (type, bytes.count) {
        case ("b", 1): return bytes.first == 1 ? "true" : bytes.first == 0 ? "false" : nil
        case ("u", 4): return bytes.word(at: bytes.startIndex).map(String.init)
        case ("i", 4): return bytes.word(at: bytes.startIndex).map { String(Int32(truncatingIfNeeded: $0)) }
        case ("s", 1...): return bytes.last == 0 ? String(decoding: bytes.dropLast(), as: UTF8.self) : nil
        default: return nil
        }
    }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
    /// The number of 32 bits, least significant byte first, at an index.
    fileprivate func word(at index: Int) -> Int? {
        guard index >= startIndex, index <= endIndex - 4 else { return nil }
        return (0..<4).reduce(0) { $0 | Int(self[index + $1]) << ($1 * 8) }
    }

    /// The number of 16 bits at an index.
    fileprivate func half(at index: Int) -> Int? {
        guard index >= startIndex, index <= endIndex - 2 else { return nil }
        return Int(self[index]) | Int(self[index + 1]) << 8
    }
}
