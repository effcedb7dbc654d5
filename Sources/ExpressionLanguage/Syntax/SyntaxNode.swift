// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A part of a parsed expression.
///
/// Chains (`a.b.c`, `a + b - c`, `a && b && c`) are one node each, so that a tree is never deeper than what the parser counts.
final class SyntaxNode: Sendable {
    enum Kind: Sendable {
        case literal(ExpressionValue)
        /// A root, or in a projection a property of the element.
        case name(PropertyName)
        case chain(SyntaxNode, [Step])
        case user(UserFunction, [SyntaxNode])
        /// `DateTime.now()`.
        case now
        case list([SyntaxNode])
        case map([MapEntry])
        case not(SyntaxNode)
        case sign(isMinus: Bool, SyntaxNode)
        case and([SyntaxNode])
        case or([SyntaxNode])
        case comparison(Comparison, SyntaxNode, SyntaxNode)
        case arithmetic(SyntaxNode, [Operand])
        case condition(SyntaxNode, SyntaxNode, SyntaxNode)
        case elvis(SyntaxNode, SyntaxNode)
    }

    /// What follows a value in a chain.
    struct Step: Sendable {
        enum Kind: Sendable {
            case property(PropertyName)
            case call(FunctionName, [SyntaxNode])
            case index(SyntaxNode)
            case projection(SyntaxNode)
        }

        var kind: Kind
        /// `?.`: null before it gives null.
        var isNullSafe: Bool
        var offset: Int
    }

    /// One more operand of a sum or product.
    struct Operand: Sendable {
        var arithmetic: Arithmetic
        var node: SyntaxNode
        var offset: Int
    }

    /// A key and its value in a map.
    struct MapEntry: Sendable {
        var key: String
        var node: SyntaxNode
    }

    let kind: Kind
    /// Where it stands, in bytes: a comparison or a sum at its operator, all others at their beginning.
    let offset: Int
    /// Where its text begins, in bytes.
    let start: Int
    /// Where its text ends, in bytes.
    let end: Int
    /// Whether brackets stand around it.
    let isBracketed: Bool
    /// The names of a chain of properties from a root, which is what most of a condition is: they are looked up in one go.
    let properties: [PropertyName]?

    init(_ kind: Kind, offset: Int, start: Int? = nil, end: Int, isBracketed: Bool = false) {
        self.kind = kind
        self.offset = offset
        self.start = start ?? offset
        self.end = end
        self.isBracketed = isBracketed
        properties = Self.properties(kind)
    }

    private static func properties(_ kind: Kind) -> [PropertyName]? {
        guard case .chain(let base, let steps) = kind, case .name(let root) = base.kind else { return nil }
        var names = [root]
        for step in steps {
            guard case .property(let name) = step.kind, !step.isNullSafe else { return nil }
            names.append(name)
        }
        // Looking up goes one level deeper for each.
        return names.count <= 16 ? names : nil
    }

    /// The same in brackets.
    func bracketed(start: Int, end: Int) -> SyntaxNode {
        SyntaxNode(kind, offset: offset, start: start, end: end, isBracketed: true)
    }
}

/// A comparison of two values.
enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// Whether it asks for an order, not for equality.
    var isOrder: Bool { self != .equal && self != .notEqual }
}

/// An operation on two numbers, or `+` with a string.
enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

/// The name of a property, with the hash that maps are searched by.
struct PropertyName: Sendable {
    let text: String
    let hash: UInt64

    init(_ text: String) {
        self.text = text
        hash = ExpressionMap.hash(text)
    }
}

/// The name of a function as it is written, and the function that it is.
struct FunctionName: Sendable {
    let text: String
    let function: ValueFunction?

    init(_ text: String) {
        self.text = text
        function = ValueFunction(rawValue: text)
    }
}
