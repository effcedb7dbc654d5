// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads a number as SpEL does: `1`, `1L`, `0x1F`, `1.5`, `1e3`; `3.` is an integer before a dot.
struct NumberLexer {
    /// Why it is no number.
    struct Problem: Error {
        var message: String
        var hint: String?
    }

    let bytes: [UInt8]
    let start: Int
    private var position: Int

    init(bytes: [UInt8], start: Int) {
        self.bytes = bytes
        self.start = start
        position = start
    }

    mutating func token() -> Result<Token, Problem> {
        if peek() == UInt8(ascii: "0"), peek(1).map({ $0 | 0x20 }) == UInt8(ascii: "x") { return hexadecimal() }
        skipDigits()
        var isDecimal = false
        if peek() == UInt8(ascii: "."), peek(1).map(Lexer.isDigit) == true {
            isDecimal = true
            position += 1
            skipDigits()
        }
        if peek().map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            isDecimal = true
            position += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            guard peek().map(Lexer.isDigit) == true else {
                return .failure(Problem(message: "the exponent of the number has no digits", hint: nil))
            }
            skipDigits()
        }
        return isDecimal ? decimal() : integer(digits: start, radix: 10)
    }

    private mutating func hexadecimal() -> Result<Token, Problem> {
        position += 2
        let digits = position
        while let byte = peek(), Lexer.isDigit(byte) || (97...102).contains(byte | 0x20) { position += 1 }
        guard position > digits else { return .failure(Problem(message: "0x has no digits behind it", hint: nil)) }
        return integer(digits: digits, radix: 16)
    }

    private mutating func integer(digits: Int, radix: Int) -> Result<Token, Problem> {
        let text = String(decoding: bytes[digits..<position], as: UTF8.self)
        if let suffix = peek(), suffix | 0x20 == UInt8(ascii: "l") {
            position += 1
            guard let value = Int64(text, radix: radix) else {
                return .failure(Problem(message: "the number needs more than 64 bits", hint: nil))
            }
            return finished(.long(value))
        }
        guard let value = Int32(text, radix: radix) else {
            return .failure(
                Problem(message: "the number needs more than 32 bits", hint: "write an L behind it: \(text)L"))
        }
        return finished(.integer(value))
    }

    private mutating func decimal() -> Result<Token, Problem> {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            return .failure(Problem(message: "the number is too large", hint: nil))
        }
        return finished(.decimal(value))
    }

    /// The token, if no letter follows, which would be a suffix or a mistake.
    private func finished(_ kind: Token.Kind) -> Result<Token, Problem> {
        if let byte = peek(), Lexer.isNameStart(byte) || Lexer.isDigit(byte) {
            return .failure(
                Problem(
                    message: "letters follow the number at once",
                    hint: "the one suffix of numbers is L, for 64 bits; text stands between quotes"))
        }
        return .success(Token(kind: kind, offset: start, end: position))
    }

    private mutating func skipDigits() { while peek().map(Lexer.isDigit) == true { position += 1 } }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }
}
