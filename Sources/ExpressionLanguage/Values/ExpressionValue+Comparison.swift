// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension ExpressionValue {
    /// An integer in 64 bits.
    var whole: Int64? {
        switch self {
        case .integer(let value): Int64(value)
        case .long(let value): value
        default: nil
        }
    }

    /// A number as a decimal.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .long(let value): Double(value)
        case .decimal(let value): value
        default: nil
        }
    }

    /// The value as `+` with a string writes it; `nil` for what has parts.
    var text: String? {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .long(let value): String(value)
        case .decimal(let value): ExpressionText.text(value)
        case .string(let value): value
        case .list, .map, .time, .country: nil
        }
    }

    /// A measure of how long it takes to look at the whole value: bytes of strings, and some 64 for an element.
    var weight: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .list(let elements): elements.reduce(0) { $0 + 64 + $1.weight }
        case .map(let map): map.entries.reduce(0) { $0 + 64 + $1.value.weight }
        default: 0
        }
    }

    /// `==`: numbers by value, strings by their bytes, times by the moment.
    func isEqual(to other: ExpressionValue) -> Bool {
        switch (self, other) {
        case (.integer, .decimal), (.long, .decimal), (.decimal, .integer), (.decimal, .long), (.decimal, .decimal):
            number == other.number
        case (.integer, .long), (.long, .integer): whole == other.whole
        default: isIdentical(to: other)
        }
    }

    /// Whether two elements of lists are the same: as `==`, but numbers of the same kind alone, as in Java.
    func isIdentical(to other: ExpressionValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.boolean(let first), .boolean(let second)): first == second
        case (.integer(let first), .integer(let second)): first == second
        case (.long(let first), .long(let second)): first == second
        case (.decimal(let first), .decimal(let second)): first.bitPattern == second.bitPattern
        case (.string(let first), .string(let second)): ExpressionText.isSame(first, second)
        case (.time(let first), .time(let second)): first.moment == second.moment
        case (.country(let first), .country(let second)): first == second
        case (.list(let first), .list(let second)):
            first.count == second.count && zip(first, second).allSatisfy { $0.isIdentical(to: $1) }
        case (.map(let first), .map(let second)):
            first.entries.count == second.entries.count
                && first.entries.allSatisfy { entry in
                    second[entry.key].map { entry.value.isIdentical(to: $0) } ?? false
                }
        default: false
        }
    }

    /// Less than 0, 0, or more than 0; `nil` where there is no order. Null comes before everything.
    func order(to other: ExpressionValue) -> Int? {
        switch (self, other) {
        case (.null, .null): return 0
        case (.null, _): return -1
        case (_, .null): return 1
        case (.string(let first), .string(let second)): return ExpressionText.order(first, second)
        case (.boolean(let first), .boolean(let second)): return first == second ? 0 : first ? 1 : -1
        case (.time(let first), .time(let second)):
            return first.moment == second.moment ? 0 : first.moment < second.moment ? -1 : 1
        default:
            if let first = whole, let second = other.whole { return first == second ? 0 : first < second ? -1 : 1 }
            guard let first = number, let second = other.number else { return nil }
            return first == second ? 0 : first < second ? -1 : 1
        }
    }
}
