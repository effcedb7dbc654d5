// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a text is no expression.
public struct ExpressionSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, as a stable name.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        /// The text is empty.
        case empty
        /// The text is longer than ``ExpressionLimits/sourceBytes``.
        case tooLong
        /// Brackets, signs or conditions are nested deeper than ``ExpressionLimits/depth``.
        case tooDeep
        /// A list, map or call has more than ``ExpressionLimits/elements`` elements.
        case tooManyElements
        /// A character that means nothing here.
        case unexpectedCharacter
        /// A string without its closing quote.
        case unterminatedString
        /// A number that is none, or too large for its kind.
        case invalidNumber
        /// A word or sign in a place where something else is needed.
        case unexpectedToken
        /// The text ends too early.
        case unexpectedEnd
        /// Two comparisons in a row: `a == b == c`.
        case chainedComparison
        /// A map that names a key twice.
        case duplicateKey
        /// `=`, `++`, `--`: nothing can be assigned.
        case assignment
        /// `^`.
        case power
        /// `matches`: regular expressions.
        case regularExpression
        /// `between`.
        case between
        /// `instanceof`.
        case instanceOf
        /// `T(…)`.
        case typeReference
        /// `new …`.
        case constructor
        /// `#name`.
        case variable
        /// `@name`, `&name`.
        case bean
        /// `.?[…]`, `.^[…]`, `.$[…]`.
        case selection
        /// `name(…)` without a value before it.
        case bareFunction
        /// `value[name]`, which SpEL reads as `value['name']`.
        case bareIndex
        /// `(…)` after what is no function.
        case notAFunction
    }

    /// What is wrong.
    public var kind: Kind
    /// Where.
    public var position: ExpressionPosition
    /// What happened: lower case, no full stop.
    public var message: String
    /// What to do.
    public var hint: String?

    /// One line: the place and the message.
    public var description: String { "\(position): \(message)" }
}
