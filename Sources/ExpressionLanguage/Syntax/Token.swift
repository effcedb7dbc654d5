// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A word or sign of an expression.
struct Token: Sendable {
    enum Kind: Sendable, Hashable {
        case word(String)
        case string(String)
        case integer(Int32)
        case long(Int64)
        case decimal(Double)
        case and, or, not
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case plus, minus, times, divide, modulo
        case question, colon, elvis, dot, safeDot, project
        case openParenthesis, closeParenthesis, openBracket, closeBracket, openBrace, closeBrace, comma
        case end
    }

    var kind: Kind
    /// Where it begins, in bytes.
    var offset: Int
    /// Where it ends, in bytes.
    var end: Int
}
