// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A mistake that is seen before an expression is evaluated.
public struct ExpressionProblem: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, as a stable name.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        /// A name that there is not.
        case unknownName
        /// A function that there is not, or not for this type.
        case unknownFunction
        /// Arguments that a function does not take.
        case wrongArguments
        /// An operation on types that it does not know.
        case wrongType
        /// A result of another type than is needed.
        case wrongResult
    }

    /// What is wrong.
    public var kind: Kind
    /// Where.
    public var position: ExpressionPosition
    /// What is wrong, in words: lower case, no full stop.
    public var message: String
    /// What to do.
    public var hint: String?

    /// One line: the place and the message.
    public var description: String { "\(position): \(message)" }
}

extension Expression {
    /// Looks for names that there are not, and for types that cannot be meant.
    ///
    /// An expression without problems can still fail: a value may be unknown, or a custom attribute of another type than is meant.
    ///
    /// - Parameters:
    ///   - schema: the names that there are.
    ///   - result: the type that the expression must have; `.any` for every one.
    /// - Returns: the problems in the order of their places.
    public func check(
        against schema: ExpressionSchema = .identityEngine, expecting result: ExpressionType = .boolean
    ) -> [ExpressionProblem] {
        var checker = TypeChecker(source: source, schema: schema)
        let type = checker.attribute(root).type
        if !type.mayBe(result) {
            checker.report(
                .wrongResult, at: root.start, "the expression is \(type.words), and \(result.words) is needed",
                hint: result == .boolean ? "compare it with == or another operator" : nil)
        }
        return checker.problems.sorted { $0.position.offset < $1.position.offset }
    }
}
