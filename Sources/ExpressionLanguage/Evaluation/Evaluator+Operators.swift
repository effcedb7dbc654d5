// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension Evaluator {
    mutating func compare(
        _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) throws(EvaluationFailure) -> Bool {
        let left = try value(left)
        let right = try value(right)
        if case (.string(let first), .string(let second)) = (left, right), !comparison.isOrder {
            try count(min(first.utf8.count, second.utf8.count) / 64, at: offset)
            return ExpressionText.isSame(first, second) == (comparison == .equal)
        }
        try count((left.weight + right.weight) / 64, at: offset)
        guard comparison.isOrder else { return left.isEqual(to: right) == (comparison == .equal) }
        guard let order = left.order(to: right) else {
            throw EvaluationFailure(
                .notComparable, at: offset, "\(left.type.words) and \(right.type.words) have no order",
                hint: "compare two numbers, two strings or two times")
        }
        switch comparison {
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        default: return order >= 0
        }
    }

    mutating func calculate(
        _ first: SyntaxNode, _ operands: [SyntaxNode.Operand]
    ) throws(EvaluationFailure) -> ExpressionValue {
        var result = try value(first)
        for operand in operands {
            let right = try value(operand.node)
            if operand.arithmetic == .add, let text = try joined(result, right, at: operand.offset) {
                result = text
            } else {
                result = try Numbers.calculate(operand.arithmetic, result, right, at: operand.offset)
            }
        }
        return result
    }

    /// Two values of which one is a string, as one string.
    private mutating func joined(
        _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue? {
        if case .string = left {} else if case .string = right {} else { return nil }
        guard let first = left.text, let second = right.text else {
            let other = left.text == nil ? left : right
            throw EvaluationFailure(.wrongType, at: offset, "\(other.type.words) cannot be joined to a string")
        }
        try count((first.utf8.count + second.utf8.count) / 64, at: offset)
        return .string(try Self.bounded(first + second, at: offset))
    }

    /// A string, if it is not too long.
    static func bounded(_ text: String, at offset: Int) throws(EvaluationFailure) -> String {
        guard text.utf8.count <= ExpressionLimits.stringBytes else {
            throw EvaluationFailure(
                .tooLarge, at: offset, "the string is longer than \(ExpressionLimits.stringBytes) bytes")
        }
        return text
    }

    func sign(
        _ isMinus: Bool, _ value: ExpressionValue, at offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue {
        switch value {
        case .integer(let number): return .integer(isMinus ? 0 &- number : number)
        case .long(let number): return .long(isMinus ? 0 &- number : number)
        // As SpEL does it: there is no negative zero here.
        case .decimal(let number): return .decimal(isMinus ? 0 - number : number)
        default:
            throw EvaluationFailure(.wrongType, at: offset, "a sign stands before \(value.type.words)")
        }
    }
}

/// Arithmetic on two numbers, as SpEL does it: in decimals where one is a decimal, else in 64 bits where one has 64, else in 32.
///
/// Integers wrap around. A decimal that would be infinite or no number is an error, which in SpEL is a value.
enum Numbers {
    static func calculate(
        _ arithmetic: Arithmetic, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue {
        if case .integer(let first) = left, case .integer(let second) = right {
            return .integer(try integers(arithmetic, first, second, at: offset))
        }
        if let first = left.whole, let second = right.whole {
            return .long(try integers(arithmetic, first, second, at: offset))
        }
        guard let first = left.number, let second = right.number else {
            throw EvaluationFailure(
                .wrongType, at: offset,
                "\(left.type.words) \(arithmetic.rawValue) \(right.type.words) cannot be worked out")
        }
        let isDivision = arithmetic == .divide || arithmetic == .remainder
        guard !isDivision || second != 0 else { throw divisionByZero(offset) }
        let result: Double
        switch arithmetic {
        case .add: result = first + second
        case .subtract: result = first - second
        case .multiply: result = first * second
        case .divide: result = first / second
        case .remainder: result = first.truncatingRemainder(dividingBy: second)
        }
        guard result.isFinite else { throw EvaluationFailure(.overflow, at: offset, "the number is too large") }
        return .decimal(result)
    }

    private static func integers<Integer: FixedWidthInteger>(
        _ arithmetic: Arithmetic, _ left: Integer, _ right: Integer, at offset: Int
    ) throws(EvaluationFailure) -> Integer {
        switch arithmetic {
        case .add: return left &+ right
        case .subtract: return left &- right
        case .multiply: return left &* right
        case .divide:
            guard right != 0 else { throw divisionByZero(offset) }
            return left.dividedReportingOverflow(by: right).partialValue
        case .remainder:
            guard right != 0 else { throw divisionByZero(offset) }
            return left.remainderReportingOverflow(dividingBy: right).partialValue
        }
    }

    private static func divisionByZero(_ offset: Int) -> EvaluationFailure {
        EvaluationFailure(.divisionByZero, at: offset, "a division by zero")
    }
}
