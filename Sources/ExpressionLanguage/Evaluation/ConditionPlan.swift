// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The usual forms of conditions in a shape that is worked out without making values: truths of properties, comparisons of a
/// property with a literal, `contains` with a literal, joined by `&&`, `||`, `!` and `? :`.
///
/// It knows neither errors nor rare types. Where it has no answer, the tree is evaluated (``Evaluator``), which has the same result and
/// the reason where there is none.
final class ConditionPlan: Sendable {
    /// What is done; which numbers it has depends on it, and all are indexes.
    private enum Step: Sendable {
        case truth(path: Int)
        case constant(Bool)
        case equal(path: Int, literal: Int, isEqual: Bool)
        /// The literal is among the texts.
        case equalText(path: Int, text: Int, isEqual: Bool)
        case compare(Comparison, Int, Int)
        case order(Comparison, path: Int, number: Int32)
        case pathContains(path: Int, literal: Int)
        case literalContains(literal: Int, path: Int)
        case not(Int)
        case all(first: Int, count: Int)
        case any(first: Int, count: Int)
        case choice(Int, Int, Int)
    }

    /// A value that is made for a comparison.
    private enum Value: Sendable {
        case path(Int)
        case literal(Int)
        case arithmetic(Arithmetic, Int, Int)
        case call(ValueFunction, Int, arguments: [ExpressionValue])
    }

    private let steps: [Step]
    private let values: [Value]
    /// The operands of `all` and `any`.
    private let operands: [Int]
    private let paths: [ContextLeaves.Path]
    private let literals: [ExpressionValue]
    private let texts: [String]
    private let root: Int

    /// A plan for a tree; `nil` where the tree has another form.
    init?(_ node: SyntaxNode) {
        var builder = Builder()
        guard let root = builder.add(node) else { return nil }
        self.root = root
        steps = builder.steps
        values = builder.values
        operands = builder.operands
        paths = builder.paths
        literals = builder.literals
        texts = builder.texts
    }

    /// The truth; `nil` where the tree has to be evaluated.
    func truth(_ leaves: ContextLeaves) -> Bool? { truth(root, leaves) }

    private func truth(_ index: Int, _ leaves: ContextLeaves) -> Bool? {
        switch steps[index] {
        case .truth(let path):
            return leaf(path, leaves).flatMap { leaves.booleans[$0] }
        case .constant(let truth): return truth
        case .equal(let path, let literal, let isEqual):
            guard let leaf = leaf(path, leaves) else { return nil }
            return Self.isEqual(leaves.values[leaf], literals[literal]).map { $0 == isEqual }
        case .equalText(let path, let literal, let isEqual):
            guard let leaf = leaf(path, leaves), let text = leaves.texts[leaf] else { return nil }
            return ExpressionText.isSame(text, texts[literal]) == isEqual
        case .order(let comparison, let path, let number):
            guard let leaf = leaf(path, leaves), let first = leaves.integers[leaf] else { return nil }
            return Self.isOrdered(comparison, first, number)
        case .compare(let comparison, let left, let right):
            guard let first = value(left, leaves), let second = value(right, leaves) else { return nil }
            if comparison.isOrder {
                guard case .integer(let left) = first, case .integer(let right) = second else { return nil }
                return Self.isOrdered(comparison, left, right)
            }
            return Self.isEqual(first, second).map { $0 == (comparison == .equal) }
        case .pathContains(let path, let literal):
            guard let leaf = leaf(path, leaves) else { return nil }
            return Self.contains(leaves.values[leaf], literals[literal])
        case .literalContains(let literal, let path):
            guard let leaf = leaf(path, leaves) else { return nil }
            return Self.contains(literals[literal], leaves.values[leaf])
        case .not(let operand): return truth(operand, leaves).map { !$0 }
        case .all(let first, let count): return joined(first, count, until: false, leaves)
        case .any(let first, let count): return joined(first, count, until: true, leaves)
        case .choice(let condition, let first, let second):
            guard let condition = truth(condition, leaves) else { return nil }
            return truth(condition ? first : second, leaves)
        }
    }

    /// The truth of operands of which one that has the wanted truth decides.
    private func joined(_ first: Int, _ count: Int, until wanted: Bool, _ leaves: ContextLeaves) -> Bool? {
        for position in first..<first + count {
            guard let truth = truth(operands[position], leaves) else { return nil }
            if truth == wanted { return wanted }
        }
        return !wanted
    }

    private func leaf(_ path: Int, _ leaves: ContextLeaves) -> Int? {
        leaves.index(of: paths[path])
    }

    /// A value; `nil` where the tree has to be evaluated, also for strings so long that their steps would count.
    private func value(_ index: Int, _ leaves: ContextLeaves) -> ExpressionValue? {
        switch values[index] {
        case .path(let path): return leaf(path, leaves).map { leaves.values[$0] }
        case .literal(let literal): return literals[literal]
        case .arithmetic(let arithmetic, let left, let right):
            guard let first = value(left, leaves), let second = value(right, leaves) else { return nil }
            if arithmetic == .add, case .string(let start) = first, case .string(let end) = second {
                return start.utf8.count + end.utf8.count <= Self.longest ? .string(start + end) : nil
            }
            guard case .integer = first, case .integer = second else { return nil }
            return try? Numbers.calculate(arithmetic, first, second, at: 0)
        case .call(let function, let receiver, let arguments):
            guard case .string(let text) = value(receiver, leaves), text.utf8.count <= Self.longest else {
                return nil
            }
            return try? StringFunctions(text: text, offset: 0).call(function, arguments)
        }
    }

    private static let longest = 1024

    private static func isEqual(_ value: ExpressionValue, _ literal: ExpressionValue) -> Bool? {
        switch (value, literal) {
        case (.string(let first), .string(let second)): ExpressionText.isSame(first, second)
        case (.boolean(let first), .boolean(let second)): first == second
        case (.integer(let first), .integer(let second)): first == second
        default: nil
        }
    }

    private static func isOrdered(_ comparison: Comparison, _ first: Int32, _ second: Int32) -> Bool? {
        switch comparison {
        case .less: return first < second
        case .lessOrEqual: return first <= second
        case .greater: return first > second
        case .greaterOrEqual: return first >= second
        case .equal, .notEqual: return nil
        }
    }

    /// Whether a short list or string has a string.
    private static func contains(_ value: ExpressionValue, _ element: ExpressionValue) -> Bool? {
        guard case .string(let wanted) = element else { return nil }
        switch value {
        case .string(let text):
            guard text.utf8.count <= 256 else { return nil }
            return StringFunctions.first(wanted, in: text, from: 0) != nil
        case .list(let elements):
            guard elements.count <= 64 else { return nil }
            for candidate in elements {
                if case .string(let text) = candidate, ExpressionText.isSame(text, wanted) { return true }
            }
            return false
        default: return nil
        }
    }
}

extension ConditionPlan {
    /// Makes a plan's steps, children first.
    private struct Builder {
        /// A plan goes one level deeper for each part of a chain, which a tree does not.
        static let longestChain = 16

        var steps: [Step] = []
        var values: [Value] = []
        var operands: [Int] = []
        var paths: [ContextLeaves.Path] = []
        var literals: [ExpressionValue] = []
        var texts: [String] = []

        /// The index of a node's step; `nil` for what has no step.
        mutating func add(_ node: SyntaxNode) -> Int? {
            guard let step = step(node) else { return nil }
            steps.append(step)
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
            guard case .string(let text) = literals[literal] else {
                return .equal(path: path, literal: literal, isEqual: comparison == .equal)
            }
            texts.append(text)
            return .equalText(path: path, text: texts.count - 1, isEqual: comparison == .equal)
        }

        private mutating func compareValues(
            _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode
        ) -> Step? {
            guard let first = value(left), let second = value(right) else { return nil }
            return .compare(comparison, first, second)
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
            var arguments: [ExpressionValue] = []
            for node in nodes {
                guard case .literal(let value) = node.kind else { return nil }
                arguments.append(value)
            }
            let receiver =
                chain.count == 1
                ? base
                : SyntaxNode(.chain(base, Array(chain.dropLast())), offset: base.offset, end: last.offset)
            return value(receiver).map { .call(function, $0, arguments: arguments) }
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
