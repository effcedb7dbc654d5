// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd

/// A value on the bus whose type is not known beforehand.
package indirect enum BusValue: Hashable, Sendable {
    /// `b`.
    case boolean(Bool)
    /// `y`, `n`, `q`, `i`, `u`, `x`, and `t` up to 2^63 - 1.
    case integer(Int64)
    /// `d`.
    case double(Double)
    /// `s`, `o` or `g`.
    case string(String)
    /// An array or a structure.
    case list([BusValue])
    /// A dictionary whose keys are texts or numbers, which stand here as texts.
    case dictionary([String: BusValue])
}

extension BusMessage {
    /// The most values that one message is read of, and how deep they may be nested.
    private static var bounds: (values: Int, depth: Int) { (4096, 16) }

    /// Reads the next value, whatever its type; a variant as what it holds.
    ///
    /// - Throws: `.malformed` for a message without a next value, with one of a type that has no ``BusValue`` (a file), or with
    ///   more values or deeper ones than the bounds allow.
    package func readValue() throws(Failure) -> BusValue {
        var left = Self.bounds.values
        return try readValue(depth: 0, left: &left)
    }

    private func readValue(depth: Int, left: inout Int) throws(Failure) -> BusValue {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        left -= 1
        guard left >= 0, depth <= Self.bounds.depth,
            sd_bus_message_peek_type(pointer, &type, &contents) > 0
        else { throw Failure(.malformed) }
        switch UInt8(bitPattern: type) {
        case UInt8(ascii: "b"): return .boolean(try readBasic(type, as: Int32(0)) != 0)
        case UInt8(ascii: "y"): return .integer(Int64(try readBasic(type, as: UInt8(0))))
        case UInt8(ascii: "n"): return .integer(Int64(try readBasic(type, as: Int16(0))))
        case UInt8(ascii: "q"): return .integer(Int64(try readBasic(type, as: UInt16(0))))
        case UInt8(ascii: "i"): return .integer(Int64(try readBasic(type, as: Int32(0))))
        case UInt8(ascii: "u"): return .integer(Int64(try readBasic(type, as: UInt32(0))))
        case UInt8(ascii: "x"): return .integer(try readBasic(type, as: Int64(0)))
        case UInt8(ascii: "t"): return .integer(Int64(clamping: try readBasic(type, as: UInt64(0))))
        case UInt8(ascii: "d"): return .double(Double(bitPattern: try readBasic(type, as: UInt64(0))))
        case UInt8(ascii: "s"), UInt8(ascii: "o"), UInt8(ascii: "g"): return .string(try readText(type))
        case UInt8(ascii: "v"), UInt8(ascii: "a"), UInt8(ascii: "r"):
            return try readContainer(type, contents, depth: depth, left: &left)
        default: throw Failure(.malformed)
        }
    }

    private func readBasic<Number: FixedWidthInteger>(_ type: CChar, as zero: Number) throws(Failure) -> Number {
        var value = zero
        let result = withUnsafeMutableBytes(of: &value) { sd_bus_message_read_basic(pointer, type, $0.baseAddress) }
        guard result > 0 else { throw Failure(.malformed) }
        return value
    }

    private func readText(_ type: CChar) throws(Failure) -> String {
        var text: UnsafePointer<CChar>?
        guard sd_bus_message_read_basic(pointer, type, &text) > 0, let text else { throw Failure(.malformed) }
        return String(cString: text)
    }

    private func readContainer(
        _ type: CChar, _ contents: UnsafePointer<CChar>?, depth: Int, left: inout Int
    ) throws(Failure) -> BusValue {
        let isDictionary = contents.map { $0.pointee == CChar(bitPattern: UInt8(ascii: "{")) } ?? false
        guard sd_bus_message_enter_container(pointer, type, contents) > 0 else { throw Failure(.malformed) }
        var values: [BusValue] = []
        var entries: [String: BusValue] = [:]
        while sd_bus_message_at_end(pointer, 0) == 0 {
            if type == BusType.array.character, isDictionary {
                let (key, value) = try readEntry(depth: depth + 1, left: &left)
                entries[key] = value
            } else {
                values.append(try readValue(depth: depth + 1, left: &left))
            }
        }
        guard sd_bus_message_exit_container(pointer) >= 0 else { throw Failure(.malformed) }
        if type == BusType.variant.character {
            guard values.count == 1 else { throw Failure(.malformed) }
            return values[0]
        }
        return type == BusType.array.character && isDictionary ? .dictionary(entries) : .list(values)
    }

    private func readEntry(depth: Int, left: inout Int) throws(Failure) -> (String, BusValue) {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        guard sd_bus_message_peek_type(pointer, &type, &contents) > 0,
            sd_bus_message_enter_container(pointer, type, contents) > 0
        else { throw Failure(.malformed) }
        let key =
            switch try readValue(depth: depth, left: &left) {
            case .string(let text): text
            case .integer(let number): String(number)
            case .boolean, .double, .list, .dictionary: throw Failure(.malformed)
            }
        let value = try readValue(depth: depth, left: &left)
        guard sd_bus_message_exit_container(pointer) >= 0 else { throw Failure(.malformed) }
        return (key, value)
    }
}
