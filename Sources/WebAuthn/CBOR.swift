// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value of CTAP2's canonical CBOR (CTAP 2.1 §8, RFC 8949): what authenticators and we say to each other. Tags and floating-point
/// numbers have no place in it.
public indirect enum CBOR: Hashable, Sendable {
    /// An integer from 0 up.
    case unsigned(UInt64)
    /// The integer −1 − n.
    case negative(UInt64)
    /// Bytes.
    case bytes([UInt8])
    /// A text.
    case text(String)
    /// Values in order.
    case array([CBOR])
    /// Pairs in the canonical order of their keys; no key twice.
    case map([Pair])
    /// A truth value.
    case boolean(Bool)
    /// No value.
    case null

    /// A key of a map and its value.
    public struct Pair: Hashable, Sendable {
        /// The key.
        public let key: CBOR
        /// The value.
        public let value: CBOR

        /// A pair.
        public init(_ key: CBOR, _ value: CBOR) {
            self.key = key
            self.value = value
        }
    }

    /// An integer.
    public static func integer(_ value: Int) -> CBOR {
        value < 0 ? .negative(UInt64(-(value + 1))) : .unsigned(UInt64(value))
    }

    /// The value of a key, where this is a map that has it.
    public subscript(key: CBOR) -> CBOR? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    /// The value of a text key, where this is a map that has it.
    public subscript(key: String) -> CBOR? { self[.text(key)] }

    /// The value of an integer key, where this is a map that has it.
    public subscript(key: Int) -> CBOR? { self[.integer(key)] }

    /// The bytes, where it is bytes.
    public var bytes: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// The text, where it is one.
    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The values, where it is an array.
    public var array: [CBOR]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// The pairs, where it is a map.
    public var pairs: [Pair]? {
        guard case .map(let pairs) = self else { return nil }
        return pairs
    }

    /// The integer, where it is one that fits.
    public var integer: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .negative(let value): Int(exactly: value).map { -1 - $0 }
        default: nil
        }
    }
}

/// Why bytes are not one value of canonical CBOR.
public enum CBORError: Error, Hashable, Sendable {
    /// They end too early.
    case truncated
    /// Something stands behind the value.
    case trailingBytes
    /// The value is longer than is read.
    case tooLong
    /// Values stand in values in values … deeper than ``CBOR/maximumDepth``.
    case tooDeep
    /// There are more values than ``CBOR/maximumCount``.
    case tooMany
    /// A number is not in its shortest form, a length is not definite, or keys are not in order or not unique.
    case notCanonical
    /// A text is not UTF-8.
    case invalidText
    /// A tag, a floating-point number or a simple value that is not in use.
    case unsupported
}

extension CBOR {
    /// How deep values may stand in each other: one more than CTAP 2.1 §8 lets authenticators go.
    public static let maximumDepth = 5
    /// How many values, keys among them, there may be in all.
    public static let maximumCount = 1024
    /// How long the encoding may be, in bytes.
    public static let maximumLength = 64 * 1024

    /// Reads one value with nothing behind it.
    public init(decoding bytes: [UInt8]) throws(CBORError) {
        let (value, length) = try CBOR.decodePrefix(of: bytes[...])
        guard length == bytes.count else { throw .trailingBytes }
        self = value
    }

    /// Reads the value that stands at the beginning.
    ///
    /// - Returns: the value, and how many bytes it takes.
    public static func decodePrefix(of bytes: ArraySlice<UInt8>) throws(CBORError) -> (value: CBOR, length: Int) {
        guard bytes.count <= maximumLength else { throw .tooLong }
        var decoder = CBORDecoder(bytes)
        let value = try decoder.value(depth: 1)
        return (value, bytes.count - decoder.rest.count)
    }
}
