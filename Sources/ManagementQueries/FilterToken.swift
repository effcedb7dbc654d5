// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A piece of a filter's text.
struct FilterToken: Hashable {
    enum Kind: Hashable {
        case open
        case close
        /// A name, an operator, or true, false and null.
        case word(String)
        /// A text in quotes, or a number.
        case value(ResourceValue)
    }

    let kind: Kind
    let offset: Int

    static func all(in text: String) throws(FilterError) -> [FilterToken] {
        let bytes = Array(text.utf8)
        var tokens: [FilterToken] = []
        var index = 0
        while index < bytes.count {
            let start = index
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            case 0x28:
                tokens.append(FilterToken(kind: .open, offset: start))
                index += 1
            case 0x29:
                tokens.append(FilterToken(kind: .close, offset: start))
                index += 1
            case 0x22:
                let value = try quoted(bytes, from: &index)
                tokens.append(FilterToken(kind: .value(.string(value)), offset: start))
            case 0x2D, 0x30...0x39:
                tokens.append(FilterToken(kind: .value(try number(bytes, from: &index)), offset: start))
            case let byte where isWord(byte):
                while index < bytes.count, isWord(bytes[index]) { index += 1 }
                tokens.append(
                    FilterToken(kind: .word(String(decoding: bytes[start..<index], as: UTF8.self)), offset: start))
            default: throw FilterError("a character that belongs nowhere", at: start)
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x24, 0x3A: true
        default: false
        }
    }

    /// A number: an integer of 64 bits, or a decimal.
    private static func number(_ bytes: [UInt8], from index: inout Int) throws(FilterError) -> ResourceValue {
        let start = index
        while index < bytes.count, isWord(bytes[index]) || bytes[index] == 0x2B { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if let number = Int64(text) { return .integer(number) }
        guard text.utf8.allSatisfy({ (48...57).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
            let number = Double(text), number.isFinite
        else { throw FilterError("not a number", at: start) }
        return .decimal(number)
    }

    /// A text in quotes, with the escapes of JSON (RFC 8259 §7).
    private static func quoted(_ bytes: [UInt8], from index: inout Int) throws(FilterError) -> String {
        let start = index
        index += 1
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x22: return String(decoding: text, as: UTF8.self)
            case 0x5C: text += try escape(bytes, from: &index)
            case ..<0x20: throw FilterError("a control character in a text", at: index - 1)
            default: text.append(byte)
            }
        }
        throw FilterError("a text without its closing quote", at: start)
    }

    private static func escape(_ bytes: [UInt8], from index: inout Int) throws(FilterError) -> [UInt8] {
        let start = index - 1
        guard index < bytes.count else { throw FilterError("an escape without its letter", at: start) }
        let letter = bytes[index]
        index += 1
        switch letter {
        case 0x22, 0x5C, 0x2F: return [letter]
        case 0x62: return [0x08]
        case 0x66: return [0x0C]
        case 0x6E: return [0x0A]
        case 0x72: return [0x0D]
        case 0x74: return [0x09]
        case 0x75:
            guard index + 4 <= bytes.count,
                let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw FilterError("a broken escape", at: start) }
            index += 4
            return Array(String(Character(scalar)).utf8)
        default: throw FilterError("an escape that JSON does not have", at: start)
        }
    }
}
