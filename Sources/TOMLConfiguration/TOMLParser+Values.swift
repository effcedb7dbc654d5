// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TOMLParser {
    /// The value that comes next.
    ///
    /// - Parameter depth: how many arrays and tables it lies in.
    mutating func readValue(depth: Int) throws(ConfigurationError) -> TOMLValue {
        guard depth < Self.deepest else { throw scanner.failure("arrays and tables lie too deep in each other") }
        switch scanner.next {
        case UInt8(ascii: "\"")?: return .string(try readString())
        case UInt8(ascii: "'")?: return .string(try readString())
        case UInt8(ascii: "[")?: return try readArray(depth: depth)
        case UInt8(ascii: "{")?: return try readInlineTable(depth: depth)
        default: return try readWord()
        }
    }

    private mutating func readArray(depth: Int) throws(ConfigurationError) -> TOMLValue {
        scanner.advance()
        var nodes: [TOMLNode] = []
        try scanner.skipLines()
        while !scanner.take("]") {
            let start = scanner.offset
            nodes.append(TOMLNode(value: try readValue(depth: depth + 1), offset: start))
            try scanner.skipLines()
            guard scanner.take(",") || scanner.next == UInt8(ascii: "]") else {
                throw scanner.failure("in an array, a comma or ] is expected")
            }
            try scanner.skipLines()
        }
        return .array(TOMLArray(nodes))
    }

    private mutating func readInlineTable(depth: Int) throws(ConfigurationError) -> TOMLValue {
        scanner.advance()
        let table = TOMLTable(.inline)
        scanner.skipBlanks()
        if scanner.take("}") { return .table(table) }
        repeat {
            scanner.skipBlanks()
            try readPair(into: table, depth: depth + 1)
            scanner.skipBlanks()
        } while scanner.take(",")
        guard scanner.take("}") else {
            throw scanner.failure("in a table within braces, a comma or } is expected, on the same line")
        }
        return .table(table)
    }

    /// What stands without quotes.
    private mutating func readWord() throws(ConfigurationError) -> TOMLValue {
        let start = scanner.offset
        let word = scanner.take(while: Self.isOfWord)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "": throw scanner.failure("a value is expected")
        default: break
        }
        if let integer = try integer(word, at: start) { return .integer(integer) }
        guard Self.isFloatOrDate(word) else {
            throw scanner.failure("a value is expected; a text has to stand in quotes", at: start)
        }
        // Between a date and its time there may be a space.
        if word.utf8.count == 10, word.dropFirst(4).first == "-", scanner.take(" ") {
            let time = scanner.take(while: Self.isOfWord)
            guard time.isEmpty || Self.isFloatOrDate(time) else { throw scanner.failure("a time is expected") }
        }
        return .other
    }

    /// A whole number; `nil` where the word is none.
    private func integer(_ word: Substring, at start: Int) throws(ConfigurationError) -> Int? {
        let (radix, digits, sign) = Self.digits(of: word)
        let parts = digits.split(separator: "_", omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.hexDigitValue ?? radix) < radix }
        }
        guard isNumber else { return nil }
        guard radix != 10 || digits == "0" || digits.first != "0" else {
            throw scanner.failure("a number begins with zero", at: start)
        }
        guard let number = Int(sign + parts.joined(), radix: radix) else {
            throw scanner.failure("a number has more than 64 bits", at: start)
        }
        return number
    }

    private static func digits(of word: Substring) -> (radix: Int, digits: Substring, sign: String) {
        switch word.prefix(2) {
        case "0x": return (16, word.dropFirst(2), "")
        case "0o": return (8, word.dropFirst(2), "")
        case "0b": return (2, word.dropFirst(2), "")
        default:
            let sign = word.first == "-" || word.first == "+" ? String(word.prefix(1)) : ""
            return (10, word.dropFirst(sign.count), sign)
        }
    }

    /// Whether a word looks like a float, a date or a time, which are not looked at closer.
    private static func isFloatOrDate(_ word: Substring) -> Bool {
        let bare = word.first == "-" || word.first == "+" ? word.dropFirst() : word
        if bare == "inf" || bare == "nan" { return true }
        guard let first = bare.first, ("0"..."9").contains(first), !["x", "o", "b"].contains(bare.dropFirst().first)
        else { return false }
        return bare.contains { ".:-".contains($0) || $0 == "e" || $0 == "E" }
            && bare.allSatisfy { "0123456789.:-+_eETZtz".contains($0) }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":")].contains(
                byte)
    }
}
