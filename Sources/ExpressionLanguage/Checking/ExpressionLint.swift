// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Something in an expression that is allowed, and almost surely not what is meant.
public struct ExpressionLint: Sendable, Hashable, CustomStringConvertible {
    /// What is suspicious, as a stable name.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        /// `||` and `&&` side by side without brackets: `&&` binds tighter.
        case mixedAndOr
        /// A negative test on a signal that may be unknown, which then decides nothing.
        case negativeTest
        /// Versions compared as strings: `'9' > '10'`.
        case versionComparison
        /// `==` or `!=` between values that are never equal, because their types differ.
        case differentTypes
        /// `==` or `!=` with a text that the value never is.
        case impossibleValue
        /// A comparison with null, which no value here is.
        case nullComparison
        /// A comparison whose result is always the same.
        case constantComparison
        /// Conditions that exclude each other, or of which one always holds.
        case contradiction
        /// `!a == b`, which is `(!a) == b`.
        case notBeforeComparison
        /// The whole expression has no name in it.
        case constantExpression
        /// Something that SpEL has and Okta does not document.
        case notPortable
    }

    /// What is suspicious.
    public var kind: Kind
    /// Where.
    public var position: ExpressionPosition
    /// What is suspicious, in words: lower case, no full stop.
    public var message: String
    /// What to do.
    public var hint: String?

    /// One line: the place and the message.
    public var description: String { "\(position): \(message)" }
}

extension Expression {
    /// Looks for what is almost surely a mistake.
    ///
    /// - Parameter schema: the names that there are.
    /// - Returns: what was found, in the order of the places.
    public func lints(against schema: ExpressionSchema = .identityEngine) -> [ExpressionLint] {
        var linter = Linter(source: source, schema: schema)
        linter.lint(root)
        linter.lintWhole(root)
        return linter.lints.sorted { $0.position.offset < $1.position.offset }
    }
}
