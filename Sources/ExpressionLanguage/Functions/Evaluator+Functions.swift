// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension Evaluator {
    /// Calls a function of a value.
    mutating func call(
        _ name: FunctionName, _ nodes: [SyntaxNode], of value: ExpressionValue, at offset: Int
    ) throws(EvaluationFailure) -> ExpressionValue {
        let arguments = try values(nodes)
        guard let function = name.function else { throw Self.unknown(name.text, value.type, offset) }
        switch value {
        case .string(let text):
            try count(arguments.reduce(text.utf8.count) { $0 + $1.weight } / 64, at: offset)
            if let result = try StringFunctions(text: text, offset: offset).call(function, arguments) {
                // What is made takes as long as what is looked at.
                try count(result.weight / 64, at: offset)
                return result
            }
        case .list(let elements):
            try count(value.weight / 64, at: offset)
            if let result = try ListFunctions(elements: elements, offset: offset).call(function, arguments) {
                try count(result.weight / 64, at: offset)
                return result
            }
        case .time(let time):
            if let result = try TimeFunctions(time: time, now: context.now, offset: offset).call(function, arguments) {
                return result
            }
        case .country(let country):
            if let result = country.call(function, arguments) { return result }
        case .integer, .long, .decimal:
            if let result = try NumberFunctions(value: value, offset: offset).call(function, arguments) {
                return result
            }
        case .null: throw EvaluationFailure(.nullValue, at: offset, "\(name.text)() is called of null")
        case .boolean, .map: break
        }
        throw Self.mismatch(function, value.type, arguments.map(\.type), offset)
    }

    private static func unknown(_ name: String, _ type: ExpressionType, _ offset: Int) -> EvaluationFailure {
        EvaluationFailure(
            .noSuchFunction, at: offset, "there is no function \(name)",
            hint: NameSuggestion.closest(to: name, among: ValueFunction.allCases.map(\.rawValue)).map {
                "did you mean \($0)?"
            })
    }

    /// Why a function did not take its value or its arguments.
    private static func mismatch(
        _ function: ValueFunction, _ receiver: ExpressionType, _ arguments: [ExpressionType], _ offset: Int
    ) -> EvaluationFailure {
        let name = function.rawValue
        guard let signature = function.signatures.first(where: { $0.receiver == receiver }) else {
            let receivers = function.signatures.map(\.receiver.words).joined(separator: " or ")
            return EvaluationFailure(
                .noSuchFunction, at: offset, "\(receiver.words) has no function \(name)",
                hint: "\(name)() is a function of \(receivers)")
        }
        let given = arguments.map(\.rawValue).joined(separator: ", ")
        return EvaluationFailure(
            .wrongArguments, at: offset, "\(name) does not take (\(given))", hint: "it takes \(signature.words)")
    }
}

extension CountryCode {
    /// The function's result; `nil` if there is none for these arguments.
    fileprivate func call(_ function: ValueFunction, _ arguments: [ExpressionValue]) -> ExpressionValue? {
        guard arguments.isEmpty else { return nil }
        switch function {
        case .toAlpha2: return .string(alpha2)
        case .toAlpha3: return .string(alpha3)
        case .toNumeric: return .string(numeric)
        default: return nil
        }
    }
}

/// Functions of numbers.
struct NumberFunctions {
    let value: ExpressionValue
    let offset: Int

    /// The function's result; `nil` if numbers have none for these arguments.
    func call(
        _ function: ValueFunction, _ arguments: [ExpressionValue]
    ) throws(EvaluationFailure) -> ExpressionValue? {
        guard arguments.isEmpty else { return nil }
        switch function {
        case .toInteger:
            if let whole = value.whole { return .integer(Int32(truncatingIfNeeded: whole)) }
            return value.number.map { .integer(Self.rounded($0)) }
        case .toNumber: return value.number.map(ExpressionValue.decimal)
        case .parseUnixTime:
            guard let whole = value.whole else { return nil }
            return .time(try TimeFunctions.unix(whole, at: offset))
        case .parseWindowsTime:
            guard let whole = value.whole else { return nil }
            return .time(try TimeFunctions.windows(whole, at: offset))
        default: return nil
        }
    }

    /// The nearest integer, halves upwards, in its lowest 32 bits: as `toInteger` is documented to treat what is too large.
    static func rounded(_ decimal: Double) -> Int32 {
        // Adding a half first would round what lies just below it upwards.
        let floor = decimal.rounded(.down)
        let nearest = decimal - floor >= 0.5 ? floor + 1 : floor
        let bounded = min(max(nearest, -0x1p63), 0x1.fffffffffffffp62)
        return Int32(truncatingIfNeeded: Int64(bounded))
    }
}
