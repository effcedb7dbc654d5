// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a condition comes to: three values, of which the third is neither true nor false.
public enum ConditionOutcome: Hashable, Sendable {
    /// It matches.
    case match
    /// It does not match.
    case noMatch
    /// Nobody can tell; the reason is for a person.
    case undecided(String)

    /// A condition that is known.
    init(_ value: Bool) { self = value ? .match : .noMatch }

    /// A condition on a value that may not be known.
    init(_ value: Bool?, orUndecided reason: @autoclosure () -> String) {
        self = value.map { ConditionOutcome($0) } ?? .undecided(reason())
    }

    /// Both: no match wins over what is undecided.
    func and(_ other: @autoclosure () -> ConditionOutcome) -> ConditionOutcome {
        if self == .noMatch { return .noMatch }
        let other = other()
        if self == .match || other == .noMatch { return other }
        return self
    }

    /// One of the two: a match wins over what is undecided.
    func or(_ other: @autoclosure () -> ConditionOutcome) -> ConditionOutcome {
        if self == .match { return .match }
        let other = other()
        if self == .noMatch || other == .match { return other }
        return self
    }

    /// The opposite; what is undecided stays so.
    var negated: ConditionOutcome {
        switch self {
        case .match: .noMatch
        case .noMatch: .match
        case .undecided: self
        }
    }

    /// Whether one of several matches; no match for none.
    static func any<Elements: Sequence>(
        _ elements: Elements, _ outcome: (Elements.Element) -> ConditionOutcome
    ) -> ConditionOutcome {
        var result = ConditionOutcome.noMatch
        for element in elements {
            result = result.or(outcome(element))
            if result == .match { break }
        }
        return result
    }
}
