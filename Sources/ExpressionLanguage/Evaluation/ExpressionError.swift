// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why an expression has no value for a context.
///
/// It is neither true nor false: a rule whose condition ends so is undecided.
public struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, as a stable name.
    public enum Reason: String, Codable, Sendable, Hashable, CaseIterable {
        /// A property that the context does not have: unknown, not null.
        case missing
        /// A property, function or index of null.
        case nullValue
        /// A property, function or index of a value that has none of that kind.
        case wrongReceiver
        /// Something else than a boolean where true or false is needed.
        case notBoolean
        /// An operation on types that it does not know.
        case wrongType
        /// `<` and its like between values without an order.
        case notComparable
        /// A function that there is not for this type.
        case noSuchFunction
        /// Arguments that a function does not take.
        case wrongArguments
        /// An index or a range outside of its list or string.
        case outOfRange
        /// A division by zero.
        case divisionByZero
        /// A number or time beyond what can be represented.
        case overflow
        /// A text that cannot be converted to what is asked for.
        case notConvertible
        /// More steps than ``ExpressionLimits/steps``.
        case tooManySteps
        /// A string or list beyond ``ExpressionLimits``.
        case tooLarge
    }

    /// What happened.
    public var reason: Reason
    /// Where.
    public var position: ExpressionPosition
    /// What happened, in words: lower case, no full stop.
    public var message: String
    /// The property that is missing, such as `device.provider.wsc.fireWall`; for ``Reason/missing`` alone.
    public var missing: String?
    /// What to do.
    public var hint: String?

    /// One line: the place and the message.
    public var description: String { "\(position): \(message)" }
}

/// An error inside an evaluation, whose place has not been worked out.
struct EvaluationFailure: Error {
    var reason: ExpressionError.Reason
    var offset: Int
    var message: String
    var missing: String?
    var hint: String?

    init(
        _ reason: ExpressionError.Reason, at offset: Int, _ message: String, missing: String? = nil, hint: String? = nil
    ) {
        self.reason = reason
        self.offset = offset
        self.message = message
        self.missing = missing
        self.hint = hint
    }
}
