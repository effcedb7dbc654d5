// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The type of a value, as far as it is known before the evaluation.
public enum ExpressionType: String, Sendable, Hashable, CaseIterable {
    /// Not known before the evaluation.
    case any
    /// Null alone.
    case null
    /// True or false.
    case boolean
    /// An integer or a decimal.
    case number
    /// Text.
    case string
    /// Values in order.
    case list
    /// Values by name.
    case map
    /// A moment with a zone.
    case time
    /// A country.
    case country

    /// The type with its article, for messages.
    var words: String {
        switch self {
        case .any: "a value"
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a map"
        case .time: "a time"
        case .country: "a country code"
        }
    }

    /// Whether a value of this type may be of another.
    func mayBe(_ other: ExpressionType) -> Bool { self == .any || other == .any || self == other }
}
