// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TOMLParser {
    /// A text in quotes of any kind.
    mutating func readString() throws(ConfigurationError) -> String {
        if scanner.take("\"\"\"") { return try readLines(quote: UInt8(ascii: "\""), escapes: true) }
        if scanner.take("'''") { return try readLines(quote: UInt8(ascii: "'"), escapes: false) }
        return scanner.next == UInt8(ascii: "\"") ? try readBasicString() : try readLiteralString()
    }

    /// `"text"`, on one line, with escapes.
    mutating func readBasicString() throws(ConfigurationError) -> String {
        try readLine(quote: UInt8(ascii: "\""), escapes: true)
    }

    /// `'text'`, on one line, as it stands.
    mutating func readLiteralString() throws(ConfigurationError) -> String {
        try readLine(quote: UInt8(ascii: "'"), escapes: false)
    }

    private mutating func readLine(quote: UInt8, escapes: Bool) throws(ConfigurationError) -> String {
        let start = scanner.offset
        scanner.advance()
        var bytes: [UInt8] = []
        while let next = scanner.next, next != quote {
            if escapes, next == UInt8(ascii: "\\") {
                bytes += try readEscape().utf8
                continue
            }
            guard next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") else {
                throw scanner.failure("a text is not closed on its line", at: start)
            }
            guard !TOMLScanner.isControl(next) else { throw scanner.failure("a text has a control character") }
            bytes.append(next)
            scanner.advance()
        }
        guard scanner.next == quote else { throw scanner.failure("a text is not closed", at: start) }
        scanner.advance()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What stands between three quotes and three quotes; the end of a line right after the first is none of it.
    private mutating func readLines(quote: UInt8, escapes: Bool) throws(ConfigurationError) -> String {
        let start = scanner.offset
        _ = scanner.takeLineEnd()
        var bytes: [UInt8] = []
        var quotes = 0
        while let next = scanner.next {
            if next == quote {
                quotes += 1
                scanner.advance()
                bytes.append(quote)
                // The last three of up to five close.
                if quotes >= 3, quotes == 5 || scanner.next != quote {
                    return String(decoding: bytes.dropLast(3), as: UTF8.self)
                }
                continue
            }
            quotes = 0
            if escapes, next == UInt8(ascii: "\\") {
                if try !skipFoldedLines() { bytes += try readEscape().utf8 }
            } else if scanner.takeLineEnd() {
                bytes.append(UInt8(ascii: "\n"))
            } else {
                guard !TOMLScanner.isControl(next) else { throw scanner.failure("a text has a control character") }
                bytes.append(next)
                scanner.advance()
            }
        }
        throw scanner.failure("a text is not closed", at: start - 3)
    }

    /// A backslash at the end of a line, and all blanks and ends of lines after it; `false` where none is here.
    private mutating func skipFoldedLines() throws(ConfigurationError) -> Bool {
        var ahead = scanner
        ahead.advance()
        ahead.skipBlanks()
        guard ahead.takeLineEnd() else { return false }
        repeat { ahead.skipBlanks() } while ahead.takeLineEnd()
        scanner = ahead
        return true
    }

    private mutating func readEscape() throws(ConfigurationError) -> String {
        let start = scanner.offset
        scanner.advance()
        let kind = scanner.next
        if kind != nil { scanner.advance() }
        switch kind {
        case UInt8(ascii: "b")?: return "\u{8}"
        case UInt8(ascii: "t")?: return "\t"
        case UInt8(ascii: "n")?: return "\n"
        case UInt8(ascii: "f")?: return "\u{C}"
        case UInt8(ascii: "r")?: return "\r"
        case UInt8(ascii: "\"")?: return "\""
        case UInt8(ascii: "\\")?: return "\\"
        case UInt8(ascii: "u")?: return try readScalar(digits: 4, at: start)
        case UInt8(ascii: "U")?: return try readScalar(digits: 8, at: start)
        default:
            throw scanner.failure(
                "a text has a backslash that begins no escape; in '…' it stands for itself", at: start)
        }
    }

    private mutating func readScalar(digits: Int, at start: Int) throws(ConfigurationError) -> String {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = scanner.next, let digit = Character(UnicodeScalar(next)).hexDigitValue else {
                throw scanner.failure("an escape has too few hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            scanner.advance()
        }
        guard let scalar = UnicodeScalar(value) else { throw scanner.failure("an escape is no character", at: start) }
        return String(Character(scalar))
    }
}
