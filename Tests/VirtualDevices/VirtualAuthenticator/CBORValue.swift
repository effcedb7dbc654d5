// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value of CBOR (RFC 8949) as CTAP2 uses it: no tags, no floats, nothing of indefinite length.
package indirect enum CBORValue: Hashable, Sendable {
    case integer(Int)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    case map([CBORValue: CBORValue])
    case bool(Bool)

    /// The member of a map by an integer.
    package subscript(key: Int) -> CBORValue? {
        guard case .map(let members) = self else { return nil }
        return members[.integer(key)]
    }

    /// The member of a map by a text.
    package subscript(key: String) -> CBORValue? {
        guard case .map(let members) = self else { return nil }
        return members[.text(key)]
    }

    package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var array: [CBORValue]? { if case .array(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
}

extension CBORValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

// MARK: - Writing

extension CBORValue {
    /// The value in CTAP2's canonical form (CTAP 2.1 §8).
    package var encoded: [UInt8] {
        switch self {
        case .integer(let value): value >= 0 ? Self.head(0, value) : Self.head(1, -1 - value)
        case .bytes(let value): Self.head(2, value.count) + value
        case .text(let value): Self.head(3, value.utf8.count) + Array(value.utf8)
        case .array(let values): Self.head(4, values.count) + values.flatMap(\.encoded)
        case .map(let members):
            Self.head(5, members.count)
                + members.map { ($0.key.encoded, $0.value.encoded) }.sorted { Self.precedes($0.0, $1.0) }
                .flatMap { $0.0 + $0.1 }
        case .bool(let value): [value ? 0xF5 : 0xF4]
        }
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        if left.first.map({ $0 >> 5 }) != right.first.map({ $0 >> 5 }) { return left[0] >> 5 < right[0] >> 5 }
        if left.count != right.count { return left.count < right.count }
        return left.lexicographicallyPrecedes(right)
    }

    private static func head(_ major: UInt8, _ value: Int) -> [UInt8] {
        let size =
            switch value {
            case ..<24: 0
            case ..<0x100: 1
            case ..<0x1_0000: 2
            case ..<0x1_0000_0000: 4
            default: 8
            }
        guard size > 0 else { return [major << 5 | UInt8(value)] }
        let code: UInt8 = [1: 24, 2: 25, 4: 26, 8: 27][size] ?? 27
        return [major << 5 | code] + (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

// MARK: - Reading

extension CBORValue {
    /// Reads one value that is all of the bytes; `nil` where they are something else.
    package init?(reading bytes: [UInt8]) {
        var rest = bytes[...]
        guard let value = Self.value(&rest, depth: 0), rest.isEmpty else { return nil }
        self = value
    }

    /// Reads one value from the front.
    package static func value(_ rest: inout ArraySlice<UInt8>, depth: Int = 0) -> CBORValue? {
        guard depth < 8, let first = rest.popFirst() else { return nil }
        if first >> 5 == 7 { return first == 0xF5 ? .bool(true) : first == 0xF4 ? .bool(false) : nil }
        guard let argument = argument(first & 0x1F, &rest) else { return nil }
        switch first >> 5 {
        case 0: return .integer(argument)
        case 1: return .integer(-1 - argument)
        case 2: return take(argument, &rest).map { .bytes($0) }
        case 3: return take(argument, &rest).map { .text(String(decoding: $0, as: UTF8.self)) }
        case 4:
            guard argument <= rest.count else { return nil }
            var values: [CBORValue] = []
            for _ in 0..<argument {
                guard let next = value(&rest, depth: depth + 1) else { return nil }
                values.append(next)
            }
            return .array(values)
        case 5:
            guard argument <= rest.count else { return nil }
            var members: [CBORValue: CBORValue] = [:]
            for _ in 0..<argument {
                guard let key = value(&rest, depth: depth + 1), let member = value(&rest, depth: depth + 1),
                    members.updateValue(member, forKey: key) == nil
                else { return nil }
            }
            return .map(members)
        default: return nil
        }
    }

    private static func argument(_ code: UInt8, _ rest: inout ArraySlice<UInt8>) -> Int? {
        guard code >= 24 else { return Int(code) }
        guard let size = [24: 1, 25: 2, 26: 4, 27: 8][Int(code)], let bytes = take(size, &rest) else { return nil }
        let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: value)
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
