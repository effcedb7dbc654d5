// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Tags, lengths and values as the virtual card reads and writes them, apart from the product's own reader.
enum TLV {
    static func write(_ tag: UInt32, _ value: [UInt8]) -> [UInt8] {
        var head: [UInt8] = []
        for shift in [24, 16, 8, 0] where tag >> UInt32(shift) != 0 || shift == 0 {
            head.append(UInt8(truncatingIfNeeded: tag >> UInt32(shift)))
        }
        if value.count < 0x80 { return head + [UInt8(value.count)] + value }
        if value.count < 0x100 { return head + [0x81, UInt8(value.count)] + value }
        return head + [0x82, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
    }

    /// The objects of a value; `nil` where it is not made of objects.
    static func read(_ bytes: [UInt8]) -> [(tag: UInt32, value: [UInt8])]? {
        var objects: [(tag: UInt32, value: [UInt8])] = []
        var rest = bytes[...]
        while let first = rest.popFirst() {
            var tag = UInt32(first)
            if first & 0x1F == 0x1F {
                guard let second = rest.popFirst() else { return nil }
                tag = tag << 8 | UInt32(second)
            }
            guard let short = rest.popFirst() else { return nil }
            var length = Int(short)
            if short >= 0x80 {
                length = 0
                for _ in 0..<(short - 0x80) {
                    guard short <= 0x82, let next = rest.popFirst() else { return nil }
                    length = length << 8 | Int(next)
                }
            }
            guard length <= rest.count else { return nil }
            objects.append((tag, Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return objects
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
