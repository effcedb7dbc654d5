// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The usual forms of conditions in a shape that is worked out without making values: truths of properties, comparisons of a
/// property with a literal, `contains` with a literal, joined by `&&`, `||`, `!` and `? :`.
///
/// It knows neither errors nor rare types. Where it has no answer, the tree is evaluated (``Evaluator``), which has the same result and
/// the reason where there is none.
final class ConditionPlan: Sendable {
    /// What is done; which numbers it has depends on it, and all are indexes.
    enum Step: Sendable {
        /// Nothing that a plan has an answer to.
        case unknown
        case truth(path: Int)
        case constant(Bool)
        case equal(path: Int, literal: Int, isEqual: Bool)
        case equalText(path: Int, ShortText, isEqual: Bool)
        case compare(Comparison, Int, Int)
        /// Both are numbers as far as can be told.
        case compareIntegers(Comparison, Int, Int)
        case order(Comparison, path: Int, number: Int32)
        case pathContains(path: Int, literal: Int)
        case literalContains(literal: Int, path: Int)
        case not(Int)
        case all(first: Int, count: Int)
        case any(first: Int, count: Int)
        case choice(Int, Int, Int)
    }

    /// A value that is made for a comparison.
    enum Value: Sendable {
        case path(Int)
        case literal(Int)
        case arithmetic(Arithmetic, Int, Int)
        case call(ValueFunction, Int, arguments: Int)
    }

    private let steps: [Step]
    private let values: [Value]
    /// The operands of `all` and `any`.
    private let operands: [Int]
    private let paths: [ContextLeaves.Path]
    private let arguments: [[ExpressionValue]]
    private let literals: [ExpressionValue]
    /// The literals once more by their type, as ``ContextLeaves`` has values.
    private let integers: [Int32?]
    private let shortTexts: [ShortText?]
    private let members: [ContextLeaves.Members?]
    private let elements: [ShortText]
    private let root: Int

    /// A plan for a tree; one without an answer where the tree has another form.
    init(_ node: SyntaxNode) {
        var builder = Builder()
        root = builder.add(node) ?? builder.addUnknown()
        steps = builder.steps
        values = builder.values
        operands = builder.operands
        paths = builder.paths
        arguments = builder.arguments
        let literals = builder.literals
        self.literals = literals
        integers = literals.map { if case .integer(let number) = $0 { number } else { nil } }
        shortTexts = literals.map { if case .string(let text) = $0 { ShortText(text) } else { nil } }
        var elements: [ShortText] = []
        members = literals.map { ContextLeaves.Members($0, addingTo: &elements) }
        self.elements = elements
    }

    /// The truth; `nil` where the tree has to be evaluated.
    func truth(_ leaves: ContextLeaves) -> Bool? { truth(root, leaves) }

    private func truth(_ index: Int, _ leaves: ContextLeaves) -> Bool? {
        switch steps[index] {
        case .unknown: return nil
        case .truth(let path):
            return leaf(path, leaves).flatMap { leaves.booleans[$0] }
        case .constant(let truth): return truth
        case .equal(let path, let literal, let isEqual):
            guard let leaf = leaf(path, leaves) else { return nil }
            return Self.isEqual(leaves.values[leaf], literals[literal]).map { $0 == isEqual }
        case .equalText(let path, let literal, let isEqual):
            guard let leaf = leaf(path, leaves), let text = leaves.shortTexts[leaf] else { return nil }
            return (text == literal) == isEqual
        case .order(let comparison, let path, let number):
            guard let leaf = leaf(path, leaves), let first = leaves.integers[leaf] else { return nil }
            return Self.isTrue(comparison, first, number)
        case .compareIntegers(let comparison, let left, let right):
            guard let first = integer(left, leaves), let second = integer(right, leaves) else {
                return compare(comparison, left, right, leaves)
            }
            return Self.isTrue(comparison, first, second)
        case .compare(let comparison, let left, let right): return compare(comparison, left, right, leaves)
        case .pathContains(let path, let literal):
            guard let leaf = leaf(path, leaves) else { return nil }
            guard let members = leaves.members[leaf], let text = shortTexts[literal] else {
                return Self.contains(leaves.values[leaf], literals[literal])
            }
            return members.contain(text, in: leaves.elements)
        case .literalContains(let literal, let path):
            guard let leaf = leaf(path, leaves) else { return nil }
            guard let members = members[literal], let text = leaves.shortTexts[leaf], text != .other else {
                return Self.contains(literals[literal], leaves.values[leaf])
            }
            return members.contain(text, in: elements)
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

    private func compare(
        _ comparison: Comparison, _ left: Int, _ right: Int, _ leaves: ContextLeaves
    ) -> Bool? {
        guard let first = value(left, leaves), let second = value(right, leaves) else { return nil }
        if case .integer(let left) = first, case .integer(let right) = second {
            return Self.isTrue(comparison, left, right)
        }
        guard !comparison.isOrder else { return nil }
        return Self.isEqual(first, second).map { $0 == (comparison == .equal) }
    }

    /// A whole number of 32 bits; `nil` where the value has to be made.
    private func integer(_ index: Int, _ leaves: ContextLeaves) -> Int32? {
        switch values[index] {
        case .path(let path): return leaf(path, leaves).flatMap { leaves.integers[$0] }
        case .literal(let literal): return integers[literal]
        case .arithmetic(let arithmetic, let left, let right):
            guard let first = integer(left, leaves), let second = integer(right, leaves) else { return nil }
            switch arithmetic {
            case .add: return first &+ second
            case .subtract: return first &- second
            case .multiply: return first &* second
            case .divide, .remainder: return nil
            }
        case .call: return nil
        }
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
            return try? StringFunctions(text: text, offset: 0).call(function, self.arguments[arguments])
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

    private static func isTrue(_ comparison: Comparison, _ first: Int32, _ second: Int32) -> Bool {
        switch comparison {
        case .less: first < second
        case .lessOrEqual: first <= second
        case .greater: first > second
        case .greaterOrEqual: first >= second
        case .equal: first == second
        case .notEqual: first != second
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
