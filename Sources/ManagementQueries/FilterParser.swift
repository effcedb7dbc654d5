// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads filters; recursion is bounded by FilterExpression/maximumDepth.
struct FilterParser {
    private let tokens: [FilterToken]
    private let length: Int
    private var position = 0
    private var comparisons = 0

    init(_ text: String) throws(FilterError) {
        guard text.utf8.count <= FilterExpression.maximumLength else {
            throw FilterError("a filter has at most \(FilterExpression.maximumLength) bytes", at: text.utf8.count)
        }
        length = text.utf8.count
        tokens = try FilterToken.all(in: text)
    }

    mutating func whole() throws(FilterError) -> FilterExpression {
        let expression = try alternatives(depth: 0)
        if let rest = next { throw FilterError("here the filter should end", at: rest.offset) }
        return expression
    }

    private var next: FilterToken? { position < tokens.count ? tokens[position] : nil }

    private mutating func takeWord(_ word: String) -> Bool {
        guard case .word(let text) = next?.kind, text.lowercased() == word else { return false }
        position += 1
        return true
    }

    private mutating func take(_ kind: FilterToken.Kind, _ name: String) throws(FilterError) {
        guard next?.kind == kind else { throw failure("\(name) is missing") }
        position += 1
    }

    private func failure(_ reason: String) -> FilterError { FilterError(reason, at: next?.offset ?? length) }

    private mutating func alternatives(depth: Int) throws(FilterError) -> FilterExpression {
        var expression = try conjunction(depth: depth)
        while takeWord("or") { expression = .or(expression, try conjunction(depth: depth)) }
        return expression
    }

    private mutating func conjunction(depth: Int) throws(FilterError) -> FilterExpression {
        var expression = try term(depth: depth)
        while takeWord("and") { expression = .and(expression, try term(depth: depth)) }
        return expression
    }

    private mutating func term(depth: Int) throws(FilterError) -> FilterExpression {
        guard depth <= FilterExpression.maximumDepth else { throw failure("too many brackets within each other") }
        if next?.kind == .open { return try bracket(depth: depth) }
        if case .word(let word) = next?.kind, word.lowercased() == "not", position + 1 < tokens.count,
            tokens[position + 1].kind == .open
        {
            position += 1
            return .not(try bracket(depth: depth))
        }
        return try comparison()
    }

    private mutating func bracket(depth: Int) throws(FilterError) -> FilterExpression {
        try take(.open, "(")
        let inner = try alternatives(depth: depth + 1)
        try take(.close, ")")
        return inner
    }

    private mutating func comparison() throws(FilterError) -> FilterExpression {
        comparisons += 1
        guard comparisons <= FilterExpression.maximumComparisons else {
            throw failure("a filter has at most \(FilterExpression.maximumComparisons) comparisons")
        }
        guard case .word(let name) = next?.kind else { throw failure("the name of a member is missing") }
        let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains("") else { throw failure("a name has an empty part") }
        position += 1
        guard case .word(let word) = next?.kind else { throw failure("an operator such as eq is missing") }
        if word.lowercased() == "pr" {
            position += 1
            return .presence(path: path)
        }
        guard let comparison = FilterExpression.Comparison(rawValue: word.lowercased()) else {
            throw failure("no operator: one of eq ne co sw ew gt ge lt le pr")
        }
        position += 1
        return .comparison(path: path, comparison: comparison, value: try value())
    }

    private mutating func value() throws(FilterError) -> ResourceValue {
        switch next?.kind {
        case .value(let value):
            position += 1
            return value
        case .word(let word):
            switch word.lowercased() {
            case "true": position += 1; return .boolean(true)
            case "false": position += 1; return .boolean(false)
            case "null": position += 1; return .null
            default: throw failure("a text stands in double quotes")
            }
        default: throw failure("a value is missing")
        }
    }
}
