// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Divides an expression into words and signs, as the Spring Expression Language does, and refuses what we do not take over.
///
/// Names and signs are ASCII; other characters stand in strings alone. A quote in a string is doubled, and nothing is escaped.
struct Lexer {
    let source: String
    private let bytes: [UInt8]
    private var position = 0

    init(_ source: String) throws(ExpressionSyntaxError) {
        self.source = source
        guard source.utf8.count <= ExpressionLimits.sourceBytes else {
            throw Self.refusal(
                source, .tooLong, at: ExpressionLimits.sourceBytes,
                "the expression has \(source.utf8.count) bytes, and \(ExpressionLimits.sourceBytes) are the most",
                hint: "divide it over several rules")
        }
        bytes = Array(source.utf8)
    }

    /// All tokens, with one ``Token/Kind/end`` behind them.
    mutating func tokens() throws(ExpressionSyntaxError) -> [Token] {
        var tokens: [Token] = []
        while let token = try next() { tokens.append(token) }
        tokens.append(Token(kind: .end, offset: bytes.count, end: bytes.count))
        return tokens
    }

    private mutating func next() throws(ExpressionSyntaxError) -> Token? {
        while let byte = peek(), Self.isSpace(byte) { position += 1 }
        guard let byte = peek() else { return nil }
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return try string(quote: byte)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            var number = NumberLexer(bytes: bytes, start: position)
            switch number.token() {
            case .success(let token):
                position = token.end
                return token
            case .failure(let problem): throw refusal(.invalidNumber, problem.message, hint: problem.hint)
            }
        case _ where Self.isNameStart(byte):
            // `$[` is SpEL's selection of the last element.
            if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "[") { throw selection("$[") }
            return word()
        default: return try sign(byte)
        }
    }

    private mutating func word() -> Token {
        let start = position
        while let byte = peek(), Self.isNameStart(byte) || Self.isDigit(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Token(kind: Self.wordOperator(text) ?? .word(text), offset: start, end: position)
    }

    /// The comparison, `div`, `mod` or `not` that a word stands for, in any case of letters.
    static func wordOperator(_ text: String) -> Token.Kind? {
        guard (2...3).contains(text.utf8.count) else { return nil }
        switch text.lowercased() {
        case "eq": return .equal
        case "ne": return .notEqual
        case "lt": return .less
        case "le": return .lessOrEqual
        case "gt": return .greater
        case "ge": return .greaterOrEqual
        case "div": return .divide
        case "mod": return .modulo
        case "not": return .not
        default: return nil
        }
    }

    private mutating func string(quote: UInt8) throws(ExpressionSyntaxError) -> Token {
        let start = position
        var content: [UInt8] = []
        position += 1
        while let byte = peek() {
            position += 1
            guard byte == quote else {
                content.append(byte)
                continue
            }
            guard peek() == quote else {
                return Token(
                    kind: .string(String(decoding: content, as: UTF8.self)), offset: start, end: position)
            }
            content.append(quote)
            position += 1
        }
        position = start
        throw refusal(
            .unterminatedString, "the string has no closing quote",
            hint: "a quote inside a string is doubled ('it''s'); a backslash escapes nothing")
    }

    private mutating func sign(_ byte: UInt8) throws(ExpressionSyntaxError) -> Token {
        if let pair = peek(1), let kind = try self.pair(byte, pair) { return take(kind, 2) }
        guard let kind = Self.signs[byte] else { throw unexpected(byte) }
        return take(kind, 1)
    }

    private mutating func take(_ kind: Token.Kind, _ length: Int) -> Token {
        defer { position += length }
        return Token(kind: kind, offset: position, end: position + length)
    }

    private static let signs: [UInt8: Token.Kind] = [
        UInt8(ascii: "!"): .not, UInt8(ascii: "<"): .less, UInt8(ascii: ">"): .greater, UInt8(ascii: "+"): .plus,
        UInt8(ascii: "-"): .minus, UInt8(ascii: "*"): .times, UInt8(ascii: "/"): .divide, UInt8(ascii: "%"): .modulo,
        UInt8(ascii: "?"): .question, UInt8(ascii: ":"): .colon, UInt8(ascii: "."): .dot,
        UInt8(ascii: "("): .openParenthesis, UInt8(ascii: ")"): .closeParenthesis, UInt8(ascii: "["): .openBracket,
        UInt8(ascii: "]"): .closeBracket, UInt8(ascii: "{"): .openBrace, UInt8(ascii: "}"): .closeBrace,
        UInt8(ascii: ","): .comma,
    ]

    /// The sign of two characters that begins here, if there is one.
    private func pair(_ first: UInt8, _ second: UInt8) throws(ExpressionSyntaxError) -> Token.Kind? {
        switch (Character(UnicodeScalar(first)), Character(UnicodeScalar(second))) {
        case ("&", "&"): return .and
        case ("|", "|"): return .or
        case ("=", "="): return .equal
        case ("!", "="): return .notEqual
        case ("<", "="): return .lessOrEqual
        case (">", "="): return .greaterOrEqual
        case ("?", ":"): return .elvis
        case ("?", "."): return .safeDot
        case ("!", "["): return .project
        case ("?", "["): throw selection("?[")
        case ("^", "["): throw selection("^[")
        case ("+", "+"), ("-", "-"):
            let sign = String(UnicodeScalar(first))
            throw refusal(
                .assignment, "\(sign)\(sign) is not supported: an expression changes nothing",
                hint: "write \(sign) \(sign) with a space between for two signs")
        default: return nil
        }
    }

    private func unexpected(_ byte: UInt8) -> ExpressionSyntaxError {
        switch byte {
        case UInt8(ascii: "="):
            refusal(.assignment, "= is not supported: an expression assigns nothing", hint: "compare with ==")
        case UInt8(ascii: "^"): refusal(.power, "^ (power) is not supported", hint: nil)
        case UInt8(ascii: "#"): refusal(.variable, "variables (#name) are not supported", hint: nil)
        case UInt8(ascii: "@"): refusal(.bean, "beans (@name) are not supported", hint: nil)
        case UInt8(ascii: "&"):
            refusal(.bean, "& alone (factory beans) is not supported", hint: "both conditions: &&")
        case UInt8(ascii: "|"): refusal(.unexpectedCharacter, "| alone means nothing", hint: "either condition: ||")
        case UInt8(ascii: "\\"):
            refusal(
                .unexpectedCharacter, "a backslash means nothing, not even in strings",
                hint: "a quote inside a string is doubled ('it''s')")
        default:
            refusal(
                .unexpectedCharacter, "\(Self.words(scalar)) means nothing outside a string",
                hint: "put text between quotes")
        }
    }

    /// The character at the position.
    private var scalar: UnicodeScalar {
        String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self).unicodeScalars.first ?? " "
    }

    private static func words(_ scalar: UnicodeScalar) -> String {
        let number = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - number.count)) + number
        return scalar.properties.isWhitespace || scalar.value < 0x20 ? code : "\(scalar) (\(code))"
    }

    private func selection(_ sign: String) -> ExpressionSyntaxError {
        refusal(
            .selection, "selections (.\(sign)…]) are not supported",
            hint: "a projection (.![…]) makes a list, and contains() searches it")
    }

    private func refusal(_ kind: ExpressionSyntaxError.Kind, _ message: String, hint: String?) -> ExpressionSyntaxError
    {
        Self.refusal(source, kind, at: position, message, hint: hint)
    }

    static func refusal(
        _ source: String, _ kind: ExpressionSyntaxError.Kind, at offset: Int, _ message: String, hint: String?
    ) -> ExpressionSyntaxError {
        ExpressionSyntaxError(
            kind: kind, position: ExpressionPosition(offset: offset, in: source), message: message, hint: hint)
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }
}
