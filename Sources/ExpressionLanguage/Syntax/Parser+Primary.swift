// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension Parser {
    /// A value with what follows it: properties, functions, indexes, projections.
    mutating func postfix() throws(ExpressionSyntaxError) -> SyntaxNode {
        var base = try primary()
        var steps: [SyntaxNode.Step] = []
        while let step = try step() {
            if steps.isEmpty, let known = try wellKnown(base, step) {
                base = known
            } else {
                steps.append(step)
            }
        }
        guard !steps.isEmpty else { return base }
        return SyntaxNode(
            .chain(base, steps), offset: base.offset, start: base.start, end: tokens[position - 1].end)
    }

    /// `user.getGroups(…)` and its like, `DateTime.now()`: functions that belong to a name, not to a value.
    private func wellKnown(_ base: SyntaxNode, _ step: SyntaxNode.Step) throws(ExpressionSyntaxError) -> SyntaxNode? {
        guard case .name(let name) = base.kind, case .call(let function, let arguments) = step.kind else { return nil }
        let end = tokens[position - 1].end
        switch name.text {
        case "user":
            guard let user = UserFunction(rawValue: function.text) else { return nil }
            return SyntaxNode(.user(user, arguments), offset: base.offset, end: end)
        case "DateTime", "Time":
            guard function.text == "now" else { return nil }
            guard arguments.isEmpty else {
                throw refusal(.unexpectedToken, at: step.offset, "now() takes no arguments")
            }
            return SyntaxNode(.now, offset: base.offset, end: end)
        default: return nil
        }
    }

    private mutating func step() throws(ExpressionSyntaxError) -> SyntaxNode.Step? {
        let offset = current.offset
        switch current.kind {
        case .dot, .safeDot:
            let isNullSafe = current.kind == .safeDot
            position += 1
            return .init(kind: try member(), isNullSafe: isNullSafe, offset: offset)
        case .openBracket:
            position += 1
            return .init(kind: .index(try index()), isNullSafe: false, offset: offset)
        case .project: throw unexpected("a dot", hint: "a projection is written list.![…]")
        default: return nil
        }
    }

    private mutating func member() throws(ExpressionSyntaxError) -> SyntaxNode.Step.Kind {
        if try take(.project) {
            let body = try expression()
            guard try take(.closeBracket) else { throw unexpected("the ] of the projection") }
            return .projection(body)
        }
        guard case .word(let name) = current.kind else {
            let hint =
                Lexer.wordOperator(text(current)) == nil
                ? nil : "\(text(current)) is an operator; write the property as ['\(text(current))']"
            throw unexpected("the name of a property or function", hint: hint)
        }
        position += 1
        guard try take(.openParenthesis) else { return .property(PropertyName(name)) }
        return .call(FunctionName(name), try elements(until: .closeParenthesis, "arguments"))
    }

    private mutating func index() throws(ExpressionSyntaxError) -> SyntaxNode {
        let index = try expression()
        guard try take(.closeBracket) else { throw unexpected("the ] of the index") }
        if case .name(let name) = index.kind, !index.isBracketed {
            throw refusal(
                .bareIndex, at: index.offset, "[\(name.text)] is not the value of \(name.text)",
                hint: "write ['\(name.text)'] for the property of that name")
        }
        return index
    }

    /// Expressions with commas between, and the closing sign.
    mutating func elements(
        until close: Token.Kind, _ what: String
    ) throws(ExpressionSyntaxError) -> [SyntaxNode] {
        if try take(close) { return [] }
        var elements: [SyntaxNode] = []
        repeat {
            try checkCount(elements.count, what)
            elements.append(try expression())
        } while try take(.comma)
        guard try take(close) else { throw unexpected("a comma or the end of the \(what)") }
        return elements
    }

    func checkCount(_ count: Int, _ what: String) throws(ExpressionSyntaxError) {
        guard count < ExpressionLimits.elements else {
            throw refusal(.tooManyElements, "more than \(ExpressionLimits.elements) \(what)", hint: "use a group")
        }
    }

    // MARK: - Values

    private mutating func primary() throws(ExpressionSyntaxError) -> SyntaxNode {
        let token = current
        switch token.kind {
        case .string(let text): return literal(.string(text))
        case .integer(let value): return literal(.integer(value))
        case .long(let value): return literal(.long(value))
        case .decimal(let value): return literal(.decimal(value))
        case .word(let word): return try name(word)
        case .openBrace: return try braces()
        case .openParenthesis:
            position += 1
            let inner = try expression()
            guard try take(.closeParenthesis) else { throw unexpected("a closing bracket )") }
            return inner.bracketed(start: token.offset, end: tokens[position - 1].end)
        default: throw unexpected("a value")
        }
    }

    private mutating func literal(_ value: ExpressionValue) -> SyntaxNode {
        let token = current
        position += 1
        return SyntaxNode(.literal(value), offset: token.offset, end: token.end)
    }

    private mutating func name(_ word: String) throws(ExpressionSyntaxError) -> SyntaxNode {
        switch word.lowercased() {
        case "true": return literal(.boolean(true))
        case "false": return literal(.boolean(false))
        case "null": return literal(.null)
        case "and", "or": throw unexpected("a value")
        case "new": throw refusal(.constructor, "constructors (new …) are not supported")
        case "t" where word == "T": throw refusal(.typeReference, "types (T(…)) are not supported, and T is no name")
        default: break
        }
        try refuseWordOperators()
        let token = current
        position += 1
        guard case .openParenthesis = current.kind else {
            return SyntaxNode(.name(PropertyName(word)), offset: token.offset, end: token.end)
        }
        throw refusal(
            .bareFunction, at: token.offset, "there is no function \(word)(…) without a value before it",
            hint: "functions are written value.name(…), such as user.profile.email.contains('@')")
    }

    /// Refuses the operators of SpEL that are words and that we do not take over.
    func refuseWordOperators() throws(ExpressionSyntaxError) {
        guard case .word(let word) = current.kind else { return }
        switch word.lowercased() {
        case "matches":
            throw refusal(
                .regularExpression, "matches (regular expressions) is not supported",
                hint: "use contains(), substringBefore() and substringAfter()")
        case "between":
            throw refusal(.between, "between is not supported", hint: "write value >= low && value <= high")
        case "instanceof": throw refusal(.instanceOf, "instanceof is not supported")
        default: return
        }
    }

    private mutating func braces() throws(ExpressionSyntaxError) -> SyntaxNode {
        let start = current.offset
        position += 1
        if case .colon = current.kind, case .closeBrace = tokens[position + 1].kind {
            position += 2
            return SyntaxNode(.map([]), offset: start, end: tokens[position - 1].end)
        }
        if mapKey() != nil { return try map(start: start) }
        let elements = try elements(until: .closeBrace, "elements")
        return SyntaxNode(.list(elements), offset: start, end: tokens[position - 1].end)
    }

    /// The key of a map at the current token, with its colon.
    private func mapKey() -> String? {
        guard position + 1 < tokens.count, case .colon = tokens[position + 1].kind else { return nil }
        switch current.kind {
        case .word(let text), .string(let text): return text
        default: return nil
        }
    }

    private mutating func map(start: Int) throws(ExpressionSyntaxError) -> SyntaxNode {
        var entries: [SyntaxNode.MapEntry] = []
        var seen: Set<[UInt8]> = []
        repeat {
            guard let key = mapKey() else { throw unexpected("a key with a colon") }
            guard seen.insert(Array(key.utf8)).inserted else {
                throw refusal(.duplicateKey, "the map has the key '\(key.prefix(32))' twice")
            }
            try checkCount(entries.count, "keys")
            position += 2
            entries.append(.init(key: key, node: try expression()))
        } while try take(.comma)
        guard try take(.closeBrace) else { throw unexpected("a comma or the } of the map") }
        return SyntaxNode(.map(entries), offset: start, end: tokens[position - 1].end)
    }
}
