// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension CBOR {
    /// The canonical encoding; the pairs of maps are put in order.
    public func encoded() -> [UInt8] {
        switch self {
        case .unsigned(let value): return Self.head(0, value)
        case .negative(let value): return Self.head(1, value)
        case .bytes(let bytes): return Self.head(2, UInt64(bytes.count)) + bytes
        case .text(let text): return Self.head(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .array(let values): return Self.head(4, UInt64(values.count)) + values.flatMap { $0.encoded() }
        case .map(let pairs):
            let sorted = pairs.map { (key: $0.key.encoded(), value: $0.value.encoded()) }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            return Self.head(5, UInt64(pairs.count)) + sorted.flatMap { $0.key + $0.value }
        case .boolean(let value): return [value ? 0xF5 : 0xF4]
        case .null: return [0xF6]
        }
    }

    private static func head(_ type: UInt8, _ argument: UInt64) -> [UInt8] {
        func big(_ size: Int, _ information: UInt8) -> [UInt8] {
            [type << 5 | information]
                + (0..<size).map { UInt8(truncatingIfNeeded: argument >> UInt64(8 * (size - 1 - $0))) }
        }
        switch argument {
        case ..<24: return [type << 5 | UInt8(argument)]
        case ..<(1 << 8): return big(1, 24)
        case ..<(1 << 16): return big(2, 25)
        case ..<(1 << 32): return big(4, 26)
        default: return big(8, 27)
        }
    }
}
