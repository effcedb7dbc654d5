// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Builds the tree of an expression by the grammar of `docs/expressions.md`.
struct Parser {
    let source: String
    var tokens: [Token]
    var position = 0
    private var depth = 0

    /// The tree of a whole text.
    static func parse(_ source: String) throws(ExpressionSyntaxError) -> SyntaxNode {
        var lexer = try Lexer(source)
        var parser = Parser(source: source, tokens: try lexer.tokens())
        guard parser.tokens.count > 1 else {
            throw parser.refusal(.empty, "the expression is empty", hint: "a condition is true or false")
        }
        let root = try parser.expression()
        guard case .end = parser.current.kind else { throw parser.leftover() }
        return root
    }

    private init(source: String, tokens: [Token]) {
        self.source = source
        self.tokens = tokens
    }

    var current: Token { tokens[position] }

    // MARK: - Levels, from the weakest to the strongest

    /// `or ? expression : expression`, `or ?: expression`.
    mutating func expression() throws(ExpressionSyntaxError) -> SyntaxNode {
        try enter()
        defer { depth -= 1 }
        let first = try disjunction()
        let offset = current.offset
        switch current.kind {
        case .question:
            position += 1
            let second = try expression()
            guard try take(.colon) else { throw unexpected("a colon and the other value of the condition") }
            let third = try expression()
            return SyntaxNode(
                .condition(first, second, third), offset: offset, start: first.start, end: third.end)
        case .elvis:
            position += 1
            let second = try expression()
            return SyntaxNode(.elvis(first, second), offset: offset, start: first.start, end: second.end)
        default: return first
        }
    }

    private mutating func disjunction() throws(ExpressionSyntaxError) -> SyntaxNode {
        var operands = [try conjunction()]
        let offset = current.offset
        while isOperator(.or, word: "or") {
            position += 1
            operands.append(try conjunction())
        }
        guard operands.count > 1 else { return operands[0] }
        return SyntaxNode(
            .or(operands), offset: offset, start: operands[0].start, end: operands[operands.count - 1].end)
    }

    private mutating func conjunction() throws(ExpressionSyntaxError) -> SyntaxNode {
        var operands = [try comparison()]
        let offset = current.offset
        while isOperator(.and, word: "and") {
            position += 1
            operands.append(try comparison())
        }
        guard operands.count > 1 else { return operands[0] }
        return SyntaxNode(
            .and(operands), offset: offset, start: operands[0].start, end: operands[operands.count - 1].end)
    }

    private mutating func comparison() throws(ExpressionSyntaxError) -> SyntaxNode {
        let left = try sum()
        try refuseWordOperators()
        guard let comparison = Self.comparison(current.kind) else { return left }
        let offset = current.offset
        position += 1
        let right = try sum()
        try refuseWordOperators()
        guard Self.comparison(current.kind) == nil else {
            throw refusal(
                .chainedComparison, "a comparison cannot follow a comparison", hint: "join two with && or put brackets")
        }
        return SyntaxNode(.comparison(comparison, left, right), offset: offset, start: left.start, end: right.end)
    }

    private static func comparison(_ kind: Token.Kind) -> Comparison? {
        switch kind {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        default: nil
        }
    }

    private mutating func sum() throws(ExpressionSyntaxError) -> SyntaxNode {
        let first = try product()
        var operands: [SyntaxNode.Operand] = []
        while let arithmetic: Arithmetic = current.kind == .plus ? .add : current.kind == .minus ? .subtract : nil {
            let offset = current.offset
            position += 1
            operands.append(.init(arithmetic: arithmetic, node: try product(), offset: offset))
        }
        return chain(first, operands)
    }

    private mutating func product() throws(ExpressionSyntaxError) -> SyntaxNode {
        let first = try unary()
        var operands: [SyntaxNode.Operand] = []
        while let arithmetic: Arithmetic = Self.factor(current.kind) {
            let offset = current.offset
            position += 1
            operands.append(.init(arithmetic: arithmetic, node: try unary(), offset: offset))
        }
        return chain(first, operands)
    }

    private static func factor(_ kind: Token.Kind) -> Arithmetic? {
        switch kind {
        case .times: .multiply
        case .divide: .divide
        case .modulo: .remainder
        default: nil
        }
    }

    private func chain(_ first: SyntaxNode, _ operands: [SyntaxNode.Operand]) -> SyntaxNode {
        guard let last = operands.last else { return first }
        return SyntaxNode(
            .arithmetic(first, operands), offset: operands[0].offset, start: first.start, end: last.node.end)
    }

    private mutating func unary() throws(ExpressionSyntaxError) -> SyntaxNode {
        let token = current
        switch token.kind {
        case .not, .minus, .plus:
            try enter()
            defer { depth -= 1 }
            position += 1
            let operand = try unary()
            let kind: SyntaxNode.Kind =
                token.kind == .not ? .not(operand) : .sign(isMinus: token.kind == .minus, operand)
            return SyntaxNode(kind, offset: token.offset, end: operand.end)
        default: return try postfix()
        }
    }

    // MARK: - Bounds and errors

    private mutating func enter() throws(ExpressionSyntaxError) {
        guard depth < ExpressionLimits.depth else {
            throw refusal(
                .tooDeep, "the expression is nested more than \(ExpressionLimits.depth) deep",
                hint: "divide it over several rules")
        }
        depth += 1
    }

    private func isOperator(_ kind: Token.Kind, word: String) -> Bool {
        if current.kind == kind { return true }
        guard case .word(let text) = current.kind else { return false }
        return text.lowercased() == word
    }

    /// Takes a token of a kind, if it is there.
    mutating func take(_ kind: Token.Kind) throws(ExpressionSyntaxError) -> Bool {
        guard current.kind == kind else { return false }
        position += 1
        return true
    }

    func refusal(
        _ kind: ExpressionSyntaxError.Kind, at offset: Int? = nil, _ message: String, hint: String? = nil
    ) -> ExpressionSyntaxError {
        Lexer.refusal(source, kind, at: offset ?? current.offset, message, hint: hint)
    }

    /// The error for the current token, where something else is needed.
    func unexpected(_ wanted: String, hint: String? = nil) -> ExpressionSyntaxError {
        if case .end = current.kind {
            return refusal(.unexpectedEnd, "the expression ends where \(wanted) is needed", hint: hint)
        }
        return refusal(.unexpectedToken, "\(text(current)) stands where \(wanted) is needed", hint: hint)
    }

    private func leftover() -> ExpressionSyntaxError {
        switch current.kind {
        case .closeParenthesis, .closeBracket, .closeBrace:
            refusal(.unexpectedToken, "\(text(current)) closes what was not opened")
        case .openParenthesis:
            refusal(.notAFunction, "( follows what is no function", hint: "functions are written value.name(…)")
        default: unexpected("an operator or the end", hint: "join conditions with && or ||")
        }
    }

    /// A token as it is written.
    func text(_ token: Token) -> String {
        let bytes = source.utf8
        let start = bytes.index(bytes.startIndex, offsetBy: token.offset)
        let end = bytes.index(bytes.startIndex, offsetBy: token.end)
        return String(source[start..<end].prefix(32))
    }
}
