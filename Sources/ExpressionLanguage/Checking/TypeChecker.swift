// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Works out the types of a tree's parts, and notes what cannot be meant.
struct TypeChecker {
    typealias Attribute = ExpressionSchema.Attribute

    let source: String
    let schema: ExpressionSchema
    private(set) var problems: [ExpressionProblem] = []
    /// In a projection, what its elements are.
    private var element: Attribute?

    init(source: String, schema: ExpressionSchema) {
        self.source = source
        self.schema = schema
    }

    mutating func report(_ kind: ExpressionProblem.Kind, at offset: Int, _ message: String, hint: String? = nil) {
        problems.append(
            ExpressionProblem(
                kind: kind, position: ExpressionPosition(offset: offset, in: source), message: message, hint: hint))
    }

    /// What a node's value is.
    mutating func attribute(_ node: SyntaxNode) -> Attribute {
        switch node.kind {
        case .literal(let value): return .value(value.type)
        case .name(let name): return root(name.text, at: node.offset)
        case .chain(let base, let steps): return chain(base, steps)
        case .user(let function, let arguments): return user(function, arguments, at: node.offset)
        case .now: return .value(.time)
        case .list(let elements): return .list(common(elements.map { attribute($0) }))
        case .map(let entries):
            let names = entries.map { ($0.key, attribute($0.node)) }
            return .object(Dictionary(names) { $1 })
        case .not(let operand):
            needBoolean(operand)
            return .value(.boolean)
        case .and(let operands), .or(let operands):
            for operand in operands { needBoolean(operand) }
            return .value(.boolean)
        case .sign(_, let operand): return sign(operand, at: node.offset)
        case .comparison(let comparison, let left, let right): return compare(comparison, left, right, at: node.offset)
        case .arithmetic(let first, let operands): return calculate(first, operands)
        case .condition(let condition, let first, let second):
            needBoolean(condition)
            return common([attribute(first), attribute(second)])
        case .elvis(let first, let second): return common([attribute(first), attribute(second)])
        }
    }

    /// What values have in common that may be any of several.
    private func common(_ attributes: [Attribute]) -> Attribute {
        guard let first = attributes.first else { return .value(.any) }
        if attributes.allSatisfy({ $0 == first }) { return first }
        return .value(attributes.allSatisfy { $0.type == first.type } ? first.type : .any)
    }

    private mutating func needBoolean(_ node: SyntaxNode) {
        let type = attribute(node).type
        guard !type.mayBe(.boolean) else { return }
        report(
            .wrongType, at: node.start, "\(type.words) stands where true or false is needed", hint: "compare it with =="
        )
    }

    private mutating func sign(_ operand: SyntaxNode, at offset: Int) -> Attribute {
        let type = attribute(operand).type
        if !type.mayBe(.number) { report(.wrongType, at: offset, "a sign stands before \(type.words)") }
        return .value(.number)
    }

    private mutating func compare(
        _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) -> Attribute {
        let first = attribute(left).type
        let second = attribute(right).type
        guard comparison.isOrder, first != .null, second != .null else { return .value(.boolean) }
        let ordered: [ExpressionType] = [.any, .number, .string, .boolean, .time]
        if !first.mayBe(second) || !ordered.contains(first) || !ordered.contains(second) {
            report(
                .wrongType, at: offset, "\(first.words) and \(second.words) have no order",
                hint: "compare two numbers, two strings or two times")
        }
        return .value(.boolean)
    }

    private mutating func calculate(_ first: SyntaxNode, _ operands: [SyntaxNode.Operand]) -> Attribute {
        var result = attribute(first).type
        for operand in operands {
            let type = attribute(operand.node).type
            result = step(result, operand, type)
        }
        return .value(result)
    }

    private mutating func step(
        _ left: ExpressionType, _ operand: SyntaxNode.Operand, _ right: ExpressionType
    ) -> ExpressionType {
        let isJoin = operand.arithmetic == .add && (left == .string || right == .string)
        let joinable: [ExpressionType] = [.any, .null, .boolean, .number, .string]
        if isJoin, joinable.contains(left), joinable.contains(right) { return .string }
        if left.mayBe(.number), right.mayBe(.number) {
            return operand.arithmetic == .add && (left == .any || right == .any) ? .any : .number
        }
        report(
            .wrongType, at: operand.offset,
            "\(left.words) \(operand.arithmetic.rawValue) \(right.words) cannot be worked out")
        return .any
    }

    // MARK: - Names and chains

    private mutating func root(_ name: String, at offset: Int) -> Attribute {
        guard let element else {
            if let attribute = schema.roots[name] { return attribute }
            unknown(name, "there is no \(name)", among: Array(schema.roots.keys), at: offset)
            return .value(.any)
        }
        return property(name, of: element, at: offset)
    }

    private mutating func unknown(_ name: String, _ message: String, among names: [String], at offset: Int) {
        let closest = NameSuggestion.closest(to: name, among: names)
        let all = names.sorted().prefix(12).joined(separator: ", ")
        report(
            .unknownName, at: offset, message,
            hint: closest.map { "did you mean \($0)?" } ?? (names.isEmpty ? nil : "there are: \(all)"))
    }

    private mutating func property(_ name: String, of attribute: Attribute, at offset: Int) -> Attribute {
        switch attribute {
        case .object(let names, let custom):
            if let attribute = names[name] ?? custom { return attribute }
            unknown(name, "there is no property \(name) here", among: Array(names.keys), at: offset)
        case .value(.any, _), .value(.map, _): break
        case .value(let type, _): noProperty(name, type, offset)
        case .list: noProperty(name, .list, offset)
        }
        return .value(.any)
    }

    private mutating func noProperty(_ name: String, _ type: ExpressionType, _ offset: Int) {
        let isFunction = ValueFunction(rawValue: name) != nil
        report(
            .wrongType, at: offset, "\(type.words) has no property \(name)",
            hint: isFunction ? "functions are written with brackets: \(name)()" : nil)
    }

    private mutating func chain(_ base: SyntaxNode, _ steps: [SyntaxNode.Step]) -> Attribute {
        var result = attribute(base)
        for step in steps {
            switch step.kind {
            case .property(let name): result = property(name.text, of: result, at: step.offset)
            case .call(let name, let arguments): result = call(name, arguments, of: result.type, at: step.offset)
            case .index(let index): result = self.index(index, of: result, at: step.offset)
            case .projection(let body): result = project(body, result, at: step.offset)
            }
        }
        return result
    }

    private mutating func call(
        _ name: FunctionName, _ nodes: [SyntaxNode], of receiver: ExpressionType, at offset: Int
    ) -> Attribute {
        let arguments = nodes.map { attribute($0).type }
        guard let function = name.function else {
            let closest = NameSuggestion.closest(to: name.text, among: ValueFunction.allCases.map(\.rawValue))
            report(
                .unknownFunction, at: offset, "there is no function \(name.text)",
                hint: closest.map { "did you mean \($0)?" })
            return .value(.any)
        }
        let signatures = function.signatures.filter { receiver.mayBe($0.receiver) }
        guard !signatures.isEmpty else {
            let receivers = function.signatures.map(\.receiver.words).joined(separator: " or ")
            report(
                .unknownFunction, at: offset, "\(receiver.words) has no function \(name.text)",
                hint: "\(name.text)() is a function of \(receivers)")
            return .value(function.signatures.first?.result ?? .any)
        }
        guard let signature = signatures.first(where: { $0.takes(arguments) }) else {
            let given = arguments.map(\.rawValue).joined(separator: ", ")
            report(
                .wrongArguments, at: offset, "\(name.text) does not take (\(given))",
                hint: "it takes \(signatures.map(\.words).joined(separator: " or "))")
            return .value(signatures[0].result)
        }
        return .value(signature.result)
    }

    private mutating func index(_ node: SyntaxNode, of attribute: Attribute, at offset: Int) -> Attribute {
        let outer = element
        element = nil
        let type = self.attribute(node).type
        element = outer
        switch attribute {
        case .object:
            if case .literal(.string(let key)) = node.kind { return property(key, of: attribute, at: offset) }
            if !type.mayBe(.string) { wrongIndex(type, .map, offset) }
        case .list(let inner):
            if !type.mayBe(.number) { wrongIndex(type, .list, offset) }
            return inner
        case .value(.string, _):
            if !type.mayBe(.number) { wrongIndex(type, .string, offset) }
            return .value(.string)
        case .value(let receiver, _):
            if ![.any, .list, .map].contains(receiver) {
                report(.wrongType, at: offset, "\(receiver.words) has no elements")
            }
        }
        return .value(.any)
    }

    private mutating func wrongIndex(_ index: ExpressionType, _ receiver: ExpressionType, _ offset: Int) {
        report(.wrongType, at: offset, "\(index.words) is no index of \(receiver.words)")
    }

    private mutating func project(_ body: SyntaxNode, _ list: Attribute, at offset: Int) -> Attribute {
        let inner: Attribute
        switch list {
        case .list(let attribute): inner = attribute
        case .value(.any, _), .value(.list, _): inner = .value(.any)
        default:
            report(.wrongType, at: offset, "a projection needs a list, and this is \(list.type.words)")
            inner = .value(.any)
        }
        let outer = element
        element = inner
        defer { element = outer }
        return .list(attribute(body))
    }

    private mutating func user(_ function: UserFunction, _ nodes: [SyntaxNode], at offset: Int) -> Attribute {
        let arguments = nodes.map { attribute($0).type }
        switch function {
        case .getGroups, .isMemberOf:
            if !arguments.allSatisfy({ $0.mayBe(.map) }) || (function == .isMemberOf && arguments.isEmpty) {
                report(.wrongArguments, at: offset, "\(function.rawValue) takes maps", hint: GroupCriteria.hint)
            }
            return function == .getGroups ? .list(ExpressionSchema.group) : .value(.boolean)
        case .getInternalProperty, .getLinkedObject:
            if arguments.count != 1 || !arguments[0].mayBe(.string) {
                report(.wrongArguments, at: offset, "\(function.rawValue) takes one string")
            }
            return .value(.any)
        }
    }
}
