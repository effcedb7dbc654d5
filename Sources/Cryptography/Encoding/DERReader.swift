// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads DER (X.690 §10) piece by piece: what certificates' extensions are made of. Lengths are definite and minimal, and at most
/// 64 KiB; nothing is read past the end.
public struct DERReader: Sendable {
    /// Identifier octets (X.690 §8.1.2) that are met in extensions.
    public enum Tag {
        /// INTEGER.
        public static let integer: UInt8 = 0x02
        /// OCTET STRING.
        public static let octetString: UInt8 = 0x04
        /// OBJECT IDENTIFIER.
        public static let objectIdentifier: UInt8 = 0x06
        /// SEQUENCE.
        public static let sequence: UInt8 = 0x30
        /// SET.
        public static let set: UInt8 = 0x31
        /// A constructed value of a context's own tag, 0 to 30.
        public static func context(_ number: UInt8) -> UInt8 { 0xA0 | number }
    }

    private var rest: ArraySlice<UInt8>

    /// A reader of these bytes.
    public init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

    /// Whether nothing is left.
    public var isAtEnd: Bool { rest.isEmpty }

    /// The next value, whatever it is.
    ///
    /// - Throws: ``CryptographyError/malformedDER``.
    public mutating func next() throws(CryptographyError) -> (tag: UInt8, contents: [UInt8]) {
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else { throw .malformedDER }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard (1...2).contains(count), rest.count >= count else { throw .malformedDER }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
            guard length >= (count == 1 ? 0x80 : 0x100) else { throw .malformedDER }
        }
        guard rest.count >= length else { throw .malformedDER }
        defer { rest = rest.dropFirst(length) }
        return (tag, Array(rest.prefix(length)))
    }

    /// The contents of the next value, which must have this tag.
    public mutating func contents(_ tag: UInt8) throws(CryptographyError) -> [UInt8] {
        let value = try next()
        guard value.tag == tag else { throw .malformedDER }
        return value.contents
    }

    /// A reader of the contents of the next value, which must have this tag.
    public mutating func inside(_ tag: UInt8) throws(CryptographyError) -> DERReader {
        DERReader(try contents(tag))
    }

    /// Reads the elements of bytes that are one SEQUENCE and nothing else.
    ///
    /// - Parameter element: reads one element, and moves on.
    public static func sequence<Element>(
        _ bytes: some Sequence<UInt8>, of element: (inout DERReader) throws(CryptographyError) -> Element
    ) throws(CryptographyError) -> [Element] {
        var reader = DERReader(bytes)
        var sequence = try reader.inside(Tag.sequence)
        try reader.end()
        var elements: [Element] = []
        while !sequence.isAtEnd { elements.append(try element(&sequence)) }
        return elements
    }

    /// The next value, an OBJECT IDENTIFIER, in dotted form.
    public mutating func objectIdentifier() throws(CryptographyError) -> String {
        let bytes = try contents(Tag.objectIdentifier)
        guard let last = bytes.last, last < 0x80, bytes.count <= 64 else { throw .malformedDER }
        var arcs: [UInt64] = []
        var value: UInt64 = 0
        var isFirstOctet = true
        for byte in bytes {
            guard !(isFirstOctet && byte == 0x80), value < 1 << 56 else { throw .malformedDER }
            value = value << 7 | UInt64(byte & 0x7F)
            isFirstOctet = byte < 0x80
            guard isFirstOctet else { continue }
            if arcs.isEmpty {
                let root = min(value / 40, 2)
                arcs = [root, value - 40 * root]
            } else {
                arcs.append(value)
            }
            value = 0
        }
        return arcs.map(String.init).joined(separator: ".")
    }

    /// The next value, an INTEGER from 0 up that fits in 64 bits.
    public mutating func unsignedInteger() throws(CryptographyError) -> UInt64 {
        let bytes = try contents(Tag.integer)
        guard let first = bytes.first, first < 0x80, bytes.count <= 9,
            bytes.count == 1 || first != 0 || bytes[1] >= 0x80,
            bytes.count < 9 || first == 0
        else { throw .malformedDER }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Throws where something is left.
    public func end() throws(CryptographyError) {
        guard rest.isEmpty else { throw .malformedDER }
    }
}
