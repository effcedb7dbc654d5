// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One data object of a smart card: a tag, a length and a value (ISO/IEC 7816-4 §5.2.2, BER-TLV).
struct BERTLV: Hashable, Sendable {
    /// The tag as its bytes stand, big-endian: `0x53`, `0x5F2F`, `0x7F49`.
    var tag: UInt32
    /// The value.
    var value: [UInt8]

    init(_ tag: UInt32, _ value: [UInt8]) {
        self.tag = tag
        self.value = value
    }

    /// An object that holds others.
    init(_ tag: UInt32, _ children: [BERTLV]) { self.init(tag, children.flatMap(\.encoded)) }

    /// The object's bytes, with the shortest length.
    var encoded: [UInt8] { Self.bytes(of: tag) + Self.length(value.count) + value }

    /// A tag's bytes, as few as it has.
    static func bytes(of tag: UInt32) -> [UInt8] {
        [24, 16, 8, 0].filter { $0 == 0 || tag >> $0 != 0 }.map { UInt8(truncatingIfNeeded: tag >> $0) }
    }

    private static func length(_ count: Int) -> [UInt8] {
        switch count {
        case ..<0x80: [UInt8(count)]
        case ..<0x100: [0x81, UInt8(count)]
        case ..<0x1_0000: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [0x83, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        }
    }

    /// All objects of a value, one after the other. Zero bytes between them are filling.
    ///
    /// - Parameter what: what the value is, for the error.
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func all(in bytes: [UInt8], of what: String) throws(CardFailure) -> [BERTLV] {
        var reader = Reader(bytes: bytes, what: what, end: bytes.count)
        var objects: [BERTLV] = []
        while let (tag, range) = try reader.next() { objects.append(BERTLV(tag, Array(bytes[range]))) }
        return objects
    }

    /// Where the value of an object inside objects stands, for what is secret: nothing is copied.
    ///
    /// - Parameter path: the tags from the outermost object to the one that is meant.
    /// - Returns: `nil` where there is no such object.
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func range(of path: [UInt32], in bytes: [UInt8], what: String) throws(CardFailure) -> Range<Int>? {
        var range = 0..<bytes.count
        for wanted in path {
            var reader = Reader(bytes: bytes, what: what, position: range.lowerBound, end: range.upperBound)
            var found: Range<Int>?
            while let (tag, value) = try reader.next() { if tag == wanted { found = found ?? value } }
            guard let found else { return nil }
            range = found
        }
        return range
    }

    /// The value of the one object that bytes begin with and consist of.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``, also where the object has another tag.
    static func value(of tag: UInt32, in bytes: [UInt8], what: String) throws(CardFailure) -> [UInt8] {
        let objects = try all(in: bytes, of: what)
        guard objects.count == 1, objects[0].tag == tag else { throw .malformed(what) }
        return objects[0].value
    }

    private struct Reader {
        let bytes: [UInt8]
        let what: String
        var position = 0
        let end: Int

        mutating func byte() throws(CardFailure) -> UInt8 {
            guard position < end else { throw .malformed(what) }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func next() throws(CardFailure) -> (tag: UInt32, value: Range<Int>)? {
            while position < end, bytes[position] == 0 { position += 1 }
            guard position < end else { return nil }
            let tag = try self.tag()
            let count = try length()
            guard count <= end - position else { throw .malformed(what) }
            defer { position += count }
            return (tag, position..<(position + count))
        }

        /// One to three bytes.
        private mutating func tag() throws(CardFailure) -> UInt32 {
            var tag = UInt32(try byte())
            guard tag & 0x1F == 0x1F else { return tag }
            for _ in 0..<2 {
                let next = try byte()
                tag = tag << 8 | UInt32(next)
                if next & 0x80 == 0 { return tag }
            }
            throw .malformed(what)
        }

        /// One to four bytes; a card's objects are not longer.
        private mutating func length() throws(CardFailure) -> Int {
            let first = try byte()
            guard first >= 0x80 else { return Int(first) }
            guard (0x81...0x83).contains(first) else { throw .malformed(what) }
            var length = 0
            for _ in 0..<(first - 0x80) { length = length << 8 | Int(try byte()) }
            return length
        }
    }
}

extension [BERTLV] {
    /// The value of the first object with a tag.
    func value(_ tag: UInt32) -> [UInt8]? { first { $0.tag == tag }?.value }
}
