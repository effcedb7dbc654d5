// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Works out the value of a tree for a context.
struct Evaluator {
    let context: ExpressionContext
    /// In a projection the element whose properties names are; outside, names are the context's roots.
    private var element: ExpressionValue?
    private var steps = 0

    init(context: ExpressionContext) { self.context = context }

    /// The value of a node.
    mutating func value(_ node: SyntaxNode) throws(EvaluationFailure) -> ExpressionValue {
        try count(1, at: node.offset)
        if let properties = node.properties, element == nil, let value = context.roots.value(at: properties) {
            try count(properties.count, at: node.offset)
            return value
        }
        switch node.kind {
        case .literal(let value): return value
        case .name(let name): return try named(name, at: node.offset)
        case .chain(let base, let chain): return try follow(chain, from: base)
        case .not, .and, .or: return .boolean(try truth(node, isCounted: true))
        case .comparison(let comparison, let left, let right):
            return .boolean(try compare(comparison, left, right, at: node.offset))
        case .arithmetic(let first, let operands): return try calculate(first, operands)
        case .sign(let isMinus, let operand): return try sign(isMinus, try value(operand), at: node.offset)
        case .condition(let condition, let first, let second):
            return try truth(condition) ? try value(first) : try value(second)
        case .elvis(let first, let second):
            // SpEL's Elvis takes an empty string for null.
            switch try value(first) {
            case .null, .string(""): return try value(second)
            case let value: return value
            }
        case .list(let elements): return .list(try values(elements))
        case .map(let entries):
            var map = ExpressionMap()
            for entry in entries { map[entry.key] = try value(entry.node) }
            return .map(map)
        case .now:
            guard let now = context.now else { throw Self.missing("DateTime.now()", at: node.offset) }
            return .time(now)
        case .user(let function, let arguments): return try call(function, arguments, at: node.offset)
        }
    }

    /// The truth of a node; an error if its value is no boolean.
    mutating func truth(_ node: SyntaxNode, isCounted: Bool = false) throws(EvaluationFailure) -> Bool {
        switch node.kind {
        case .and(let operands):
            if !isCounted { try count(1, at: node.offset) }
            for operand in operands where !(try truth(operand)) { return false }
            return true
        case .or(let operands):
            if !isCounted { try count(1, at: node.offset) }
            for operand in operands where try truth(operand) { return true }
            return false
        case .not(let operand):
            if !isCounted { try count(1, at: node.offset) }
            return !(try truth(operand))
        default:
            let value = try value(node)
            guard case .boolean(let truth) = value else {
                throw EvaluationFailure(
                    .notBoolean, at: node.start, "\(value.type.words) stands where true or false is needed",
                    hint: "compare it with ==")
            }
            return truth
        }
    }

    mutating func values(_ nodes: [SyntaxNode]) throws(EvaluationFailure) -> [ExpressionValue] {
        var values: [ExpressionValue] = []
        values.reserveCapacity(nodes.count)
        for node in nodes { values.append(try value(node)) }
        return values
    }

    /// Counts steps, and ends what takes too many.
    mutating func count(_ number: Int, at offset: Int) throws(EvaluationFailure) {
        steps += number
        guard steps <= ExpressionLimits.steps else {
            throw EvaluationFailure(
                .tooManySteps, at: offset, "the evaluation takes more than \(ExpressionLimits.steps) steps")
        }
    }

    // MARK: - Names and chains

    private func named(_ name: PropertyName, at offset: Int) throws(EvaluationFailure) -> ExpressionValue {
        guard let element else {
            guard let value = context.roots[name] else { throw Self.missing(name.text, at: offset) }
            return value
        }
        return try property(name, of: element, at: offset, path: { name.text })
    }

    private mutating func follow(
        _ chain: [SyntaxNode.Step], from base: SyntaxNode
    ) throws(EvaluationFailure) -> ExpressionValue {
        var value = try value(base)
        for index in chain.indices {
            let step = chain[index]
            try count(1, at: step.offset)
            if step.isNullSafe, case .null = value { continue }
            switch step.kind {
            case .property(let name):
                value = try property(name, of: value, at: step.offset) { Self.path(base, chain[...index]) }
            case .call(let name, let arguments): value = try call(name, arguments, of: value, at: step.offset)
            case .index(let node): value = try element(of: value, at: try indexValue(node), step.offset)
            case .projection(let body): value = try project(value, body, at: step.offset)
            }
        }
        return value
    }

    private func property(
        _ name: PropertyName, of value: ExpressionValue, at offset: Int, path: () -> String
    ) throws(EvaluationFailure) -> ExpressionValue {
        switch value {
        case .map(let map):
            guard let value = map[name] else { throw Self.missing(path(), at: offset) }
            return value
        case .null:
            throw EvaluationFailure(.nullValue, at: offset, "\(name.text) is read of null")
        default:
            throw EvaluationFailure(
                .wrongReceiver, at: offset, "\(value.type.words) has no property \(name.text)",
                hint: "functions are written with brackets: \(name.text)()")
        }
    }

    static func missing(_ path: String, at offset: Int) -> EvaluationFailure {
        EvaluationFailure(
            .missing, at: offset, "\(path) is not known", missing: path,
            hint: "a value that is not known is neither true nor false, nor null")
    }

    /// The names that lead to a step, for messages.
    private static func path(_ base: SyntaxNode, _ chain: ArraySlice<SyntaxNode.Step>) -> String {
        var path = ""
        if case .name(let name) = base.kind { path = name.text } else { path = "…" }
        for step in chain {
            switch step.kind {
            case .property(let name): path += ".\(name.text)"
            case .call(let name, _): path += ".\(name.text)(…)"
            case .index: path += "[…]"
            case .projection: path += ".![…]"
            }
        }
        return path
    }

    /// The value between square brackets, whose names are the context's roots also inside a projection, as in SpEL.
    private mutating func indexValue(_ node: SyntaxNode) throws(EvaluationFailure) -> ExpressionValue {
        let outer = element
        element = nil
        defer { element = outer }
        return try value(node)
    }

    private mutating func project(
        _ value: ExpressionValue, _ body: SyntaxNode, at offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue {
        guard case .list(let elements) = value else {
            throw EvaluationFailure(
                value == .null ? .nullValue : .wrongReceiver, at: offset,
                "a projection needs a list, and this is \(value.type.words)")
        }
        let outer = element
        defer { element = outer }
        var results: [ExpressionValue] = []
        results.reserveCapacity(elements.count)
        for item in elements {
            element = item
            results.append(try self.value(body))
        }
        return .list(results)
    }

    private func element(
        of value: ExpressionValue, at index: ExpressionValue, _ offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue {
        switch (value, index) {
        case (.map(let map), .string(let key)):
            guard let value = map[key] else { throw Self.missing("['\(key.prefix(64))']", at: offset) }
            return value
        case (.list(let elements), .integer(let position)):
            guard elements.indices.contains(Int(position)) else {
                throw EvaluationFailure(
                    .outOfRange, at: offset, "there is no element \(position) in a list of \(elements.count)")
            }
            return elements[Int(position)]
        case (.string(let text), .integer(let position)):
            guard let unit = StringFunctions.slice(text, from: Int(position), to: Int(position) + 1) else {
                throw EvaluationFailure(.outOfRange, at: offset, "there is no character \(position) in the string")
            }
            return .string(unit)
        case (.null, _): throw EvaluationFailure(.nullValue, at: offset, "an element is read of null")
        case (.map, _), (.list, _), (.string, _):
            throw EvaluationFailure(
                .wrongArguments, at: offset, "\(index.type.words) is no index of \(value.type.words)",
                hint: "lists and strings have integers from 0, maps have strings")
        default: throw EvaluationFailure(.wrongReceiver, at: offset, "\(value.type.words) has no elements")
        }
    }
}
