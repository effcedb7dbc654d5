// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A function of a value: `value.name(arguments)`.
enum ValueFunction: String, Sendable, CaseIterable {
    case toUpperCase, toLowerCase, substring, replace, replaceFirst, length, removeSpaces, contains, substringBefore
    case substringAfter, toInteger, toNumber, parseCountryCode, parseWindowsTime, parseUnixTime, parseStringTime
    case versionGreaterThan, versionLessThan
    case size, isEmpty, add, remove, flatten
    case toAlpha2, toAlpha3, toNumeric
    case toUnix, toWindows, toString, toZone
    case plusDays, plusHours, plusMinutes, plusSeconds, minusDays, minusHours, minusMinutes, minusSeconds
    case withinDays, withinHours, withinMinutes, withinSeconds

    /// What it takes and returns, for each type of value that has it.
    var signatures: [Signature] {
        switch self {
        case .toUpperCase, .toLowerCase, .removeSpaces: [Signature(.string, [], .string)]
        case .substring: [Signature(.string, [.number, .number], optional: 1, .string)]
        case .replace, .replaceFirst: [Signature(.string, [.string, .string], .string)]
        case .length: [Signature(.string, [], .number)]
        case .contains: [Signature(.string, [.string], .boolean), Signature(.list, [.any], .boolean)]
        case .substringBefore, .substringAfter: [Signature(.string, [.string], .string)]
        case .toInteger, .toNumber: [Signature(.string, [], .number), Signature(.number, [], .number)]
        case .parseCountryCode: [Signature(.string, [], .country)]
        case .parseWindowsTime, .parseUnixTime: [Signature(.string, [], .time), Signature(.number, [], .time)]
        case .parseStringTime: [Signature(.string, [.string], optional: 1, .time)]
        case .versionGreaterThan, .versionLessThan: [Signature(.string, [.string], .boolean)]
        case .size: [Signature(.list, [], .number)]
        case .isEmpty: [Signature(.list, [], .boolean)]
        case .add, .remove: [Signature(.list, [.any], .list)]
        case .flatten: [Signature(.list, [], .list)]
        case .toAlpha2, .toAlpha3, .toNumeric: [Signature(.country, [], .string)]
        case .toUnix, .toWindows: [Signature(.time, [], .number)]
        case .toString: [Signature(.time, [.string], optional: 1, .string)]
        case .toZone: [Signature(.time, [.string], .time)]
        case .plusDays, .plusHours, .plusMinutes, .plusSeconds, .minusDays, .minusHours, .minusMinutes, .minusSeconds:
            [Signature(.time, [.number], .time)]
        case .withinDays, .withinHours, .withinMinutes, .withinSeconds: [Signature(.time, [.number], .boolean)]
        }
    }

    /// What a function takes and returns.
    struct Signature: Sendable {
        var receiver: ExpressionType
        var parameters: [ExpressionType]
        /// How many of the last parameters may be left out.
        var optional: Int
        var result: ExpressionType

        init(
            _ receiver: ExpressionType, _ parameters: [ExpressionType], optional: Int = 0, _ result: ExpressionType
        ) {
            self.receiver = receiver
            self.parameters = parameters
            self.optional = optional
            self.result = result
        }

        /// Whether it may take arguments of these types.
        func takes(_ arguments: [ExpressionType]) -> Bool {
            (parameters.count - optional...parameters.count).contains(arguments.count)
                && zip(arguments, parameters).allSatisfy { $0.mayBe($1) }
        }

        /// `(string, string)`; what may be left out has a question mark.
        var words: String {
            let needed = parameters.count - optional
            let names = parameters.enumerated().map { $0 < needed ? $1.rawValue : "\($1.rawValue)?" }
            return "(" + names.joined(separator: ", ") + ")"
        }
    }
}

/// A function of `user`.
enum UserFunction: String, Sendable, CaseIterable {
    case getGroups, isMemberOf, getInternalProperty, getLinkedObject
}
