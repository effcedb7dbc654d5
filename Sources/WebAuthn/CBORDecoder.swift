// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Takes canonical CBOR apart. Never reserves what a length claims before the bytes are there.
struct CBORDecoder {
    private(set) var rest: ArraySlice<UInt8>
    private var count = 0

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func value(depth: Int) throws(CBORError) -> CBOR {
        count += 1
        guard count <= CBOR.maximumCount else { throw .tooMany }
        guard depth <= CBOR.maximumDepth else { throw .tooDeep }
        let (type, argument) = try head()
        switch type {
        case 0: return .unsigned(argument)
        case 1: return .negative(argument)
        case 2: return .bytes(Array(try take(argument)))
        case 3:
            guard let text = String(validating: try take(argument), as: UTF8.self) else { throw .invalidText }
            return .text(text)
        case 4: return try array(argument, depth: depth)
        case 5: return try map(argument, depth: depth)
        case 7:
            switch argument {
            case 20: return .boolean(false)
            case 21: return .boolean(true)
            case 22: return .null
            default: throw .unsupported
            }
        default: throw .unsupported
        }
    }

    private mutating func array(_ length: UInt64, depth: Int) throws(CBORError) -> CBOR {
        guard length <= UInt64(CBOR.maximumCount) else { throw .tooMany }
        var values: [CBOR] = []
        for _ in 0..<length { values.append(try value(depth: depth + 1)) }
        return .array(values)
    }

    private mutating func map(_ length: UInt64, depth: Int) throws(CBORError) -> CBOR {
        guard length <= UInt64(CBOR.maximumCount) else { throw .tooMany }
        var pairs: [CBOR.Pair] = []
        var previous: ArraySlice<UInt8> = []
        for _ in 0..<length {
            let start = rest
            let key = try value(depth: depth + 1)
            let encoded = start.dropLast(rest.count)
            // The order by type, then length, then bytes is that of the encoded bytes, for the first byte has type and length.
            guard previous.lexicographicallyPrecedes(encoded) else { throw .notCanonical }
            previous = encoded
            pairs.append(.init(key, try value(depth: depth + 1)))
        }
        return .map(pairs)
    }

    /// The major type and the argument (RFC 8949 §3).
    private mutating func head() throws(CBORError) -> (type: UInt8, argument: UInt64) {
        guard let first = rest.popFirst() else { throw .truncated }
        let (type, information) = (first >> 5, first & 0x1F)
        guard information >= 24 else { return (type, UInt64(information)) }
        // Floating-point numbers and long simple values begin like numbers.
        guard type != 7 else { throw .unsupported }
        guard information <= 27 else { throw information == 31 ? .notCanonical : .unsupported }
        let size = 1 << (information - 24)
        let value = try take(UInt64(size)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let least: UInt64 = [24, 1 << 8, 1 << 16, 1 << 32][Int(information) - 24]
        guard value >= least else { throw .notCanonical }
        return (type, value)
    }

    private mutating func take(_ length: UInt64) throws(CBORError) -> ArraySlice<UInt8> {
        guard length <= UInt64(rest.count) else { throw .truncated }
        defer { rest = rest.dropFirst(Int(length)) }
        return rest.prefix(Int(length))
    }
}
