// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension ConditionPlan {
    /// Makes a plan's steps, children first.
    struct Builder {
        /// A plan goes one level deeper for each part of a chain, which a tree does not.
        static let longestChain = 16

        var steps: [Step] = []
        var values: [Value] = []
        var operands: [Int] = []
        var paths: [ContextLeaves.Path] = []
        var literals: [ExpressionValue] = []
        /// The arguments of functions.
        var arguments: [[ExpressionValue]] = []

        /// The index of a node's step; `nil` for what has no step.
        mutating func add(_ node: SyntaxNode) -> Int? {
            guard let step = step(node) else { return nil }
            steps.append(step)
            return steps.count - 1
        }

        /// The index of a step without an answer.
        mutating func addUnknown() -> Int {
            steps.append(.unknown)
            return steps.count - 1
        }

        private mutating func step(_ node: SyntaxNode) -> Step? {
            if let path = path(node) { return .truth(path: path) }
            switch node.kind {
            case .literal(.boolean(let truth)): return .constant(truth)
            case .not(let operand): return add(operand).map { .not($0) }
            case .and(let nodes): return join(nodes).map { .all(first: $0, count: nodes.count) }
            case .or(let nodes): return join(nodes).map { .any(first: $0, count: nodes.count) }
            case .condition(let condition, let first, let second):
                guard let condition = add(condition), let first = add(first), let second = add(second)
                else {
                    return nil
                }
                return .choice(condition, first, second)
            case .comparison(let comparison, let left, let right):
                return compare(comparison, left, right)
            case .chain(let base, let chain): return contains(base, chain)
            default: return nil
            }
        }

        private mutating func compare(_ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode)
            -> Step?
        {
            guard left.properties != nil, let literal = literal(right), let path = path(left) else {
                return compareValues(comparison, left, right)
            }
            if comparison.isOrder {
                // Of another type the tree knows the order, or why there is none.
                guard case .integer(let number) = literals[literal] else {
                    return compareValues(comparison, left, right)
                }
                return .order(comparison, path: path, number: number)
            }
            guard case .string(let text) = literals[literal], let short = ShortText(text) else {
                return .equal(path: path, literal: literal, isEqual: comparison == .equal)
            }
            return .equalText(path: path, short, isEqual: comparison == .equal)
        }

        private mutating func compareValues(
            _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode
        ) -> Step? {
            guard let first = value(left), let second = value(right) else { return nil }
            return mayBeInteger(first) && mayBeInteger(second)
                ? .compareIntegers(comparison, first, second) : .compare(comparison, first, second)
        }

        private func mayBeInteger(_ index: Int) -> Bool {
            switch values[index] {
            case .path: return true
            case .literal(let literal):
                guard case .integer = literals[literal] else { return false }
                return true
            case .arithmetic(_, let left, let right): return mayBeInteger(left) && mayBeInteger(right)
            case .call: return false
            }
        }

        private mutating func value(_ node: SyntaxNode) -> Int? {
            guard let value = made(node) else { return nil }
            values.append(value)
            return values.count - 1
        }

        private mutating func made(_ node: SyntaxNode) -> Value? {
            if let path = path(node) { return .path(path) }
            switch node.kind {
            case .literal, .sign: return literal(node).map { .literal($0) }
            case .arithmetic(let first, let operands):
                guard operands.count <= Self.longestChain, var result = value(first) else { return nil }
                for operand in operands.dropLast() {
                    guard let right = value(operand.node) else { return nil }
                    values.append(.arithmetic(operand.arithmetic, result, right))
                    result = values.count - 1
                }
                guard let last = operands.last, let right = value(last.node) else { return nil }
                return .arithmetic(last.arithmetic, result, right)
            case .chain(let base, let chain): return call(base, chain)
            default: return nil
            }
        }

        /// A function of a string with literals as its arguments.
        private mutating func call(_ base: SyntaxNode, _ chain: [SyntaxNode.Step]) -> Value? {
            guard chain.count <= Self.longestChain, let last = chain.last, !last.isNullSafe,
                case .call(let name, let nodes) = last.kind, let function = name.function
            else { return nil }
            var given: [ExpressionValue] = []
            for node in nodes {
                guard case .literal(let value) = node.kind else { return nil }
                given.append(value)
            }
            arguments.append(given)
            let place = arguments.count - 1
            let receiver =
                chain.count == 1
                ? base
                : SyntaxNode(.chain(base, Array(chain.dropLast())), offset: base.offset, end: last.offset)
            return value(receiver).map { .call(function, $0, arguments: place) }
        }

        private mutating func join(_ nodes: [SyntaxNode]) -> Int? {
            var indexes: [Int] = []
            for node in nodes {
                guard let index = add(node) else { return nil }
                indexes.append(index)
            }
            operands += indexes
            return operands.count - indexes.count
        }

        /// `path.contains('x')`, `{'x', 'y'}.contains(path)`.
        private mutating func contains(_ base: SyntaxNode, _ chain: [SyntaxNode.Step]) -> Step? {
            guard let last = chain.last, case .call(let name, let arguments) = last.kind,
                name.function == .contains,
                !last.isNullSafe, arguments.count == 1
            else { return nil }
            if chain.count == 1 {
                guard let literal = literal(base), let path = path(arguments[0]) else { return nil }
                return .literalContains(literal: literal, path: path)
            }
            let list = SyntaxNode(
                .chain(base, Array(chain.dropLast())), offset: base.offset, end: last.offset)
            guard let path = path(list), let literal = literal(arguments[0]) else { return nil }
            return .pathContains(path: path, literal: literal)
        }

        private mutating func path(_ node: SyntaxNode) -> Int? {
            guard let properties = node.properties else { return nil }
            paths.append(ContextLeaves.Path(properties.map(\.text).joined(separator: ContextLeaves.separator)))
            return paths.count - 1
        }

        /// A literal, or a list of literals.
        private mutating func literal(_ node: SyntaxNode) -> Int? {
            switch node.kind {
            case .literal(let value): literals.append(value)
            case .sign(let isMinus, let operand):
                guard case .literal(.integer(let number)) = operand.kind else { return nil }
                literals.append(.integer(isMinus ? 0 &- number : number))
            case .list(let nodes):
                var values: [ExpressionValue] = []
                for node in nodes {
                    guard case .literal(let value) = node.kind else { return nil }
                    values.append(value)
                }
                literals.append(.list(values))
            default: return nil
            }
            return literals.count - 1
        }
    }
}
