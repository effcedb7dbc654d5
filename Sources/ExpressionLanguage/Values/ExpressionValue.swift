// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value of the expression language.
///
/// Integers have 32 or 64 bits, as in SpEL; one that is read from JSON has 32 where it fits, see ``init(_:)-(Int64)``. Decimals
/// are always finite. A value that is not known is not `null`: it is left out of the context, and reading it is an error.
public enum ExpressionValue: Sendable, Hashable {
    /// Nothing, on purpose.
    case null
    /// True or false.
    case boolean(Bool)
    /// An integer of 32 bits.
    case integer(Int32)
    /// An integer of 64 bits.
    case long(Int64)
    /// A number with a fraction.
    case decimal(Double)
    /// Text.
    case string(String)
    /// Values in order.
    case list([ExpressionValue])
    /// Values by name.
    case map(ExpressionMap)
    /// A moment, and the zone that it is told in.
    case time(ExpressionTime)
    /// A country.
    case country(CountryCode)

    /// An integer in the fewest bits that hold it, as SpEL meets numbers from JSON.
    public init(_ integer: Int64) {
        self = Int32(exactly: integer).map(ExpressionValue.integer) ?? .long(integer)
    }

    /// The type of the value.
    public var type: ExpressionType {
        switch self {
        case .null: .null
        case .boolean: .boolean
        case .integer, .long, .decimal: .number
        case .string: .string
        case .list: .list
        case .map: .map
        case .time: .time
        case .country: .country
        }
    }

    /// The value as a boolean, if it is one; no other type counts as true or false.
    public var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }
}

extension ExpressionValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: ExpressionValue...) { self = .list(elements) }
    public init(nilLiteral: ()) { self = .null }

    /// A map; of a key that stands twice, the last value counts.
    public init(dictionaryLiteral elements: (String, ExpressionValue)...) {
        self = .map(ExpressionMap(elements.map { ($0.0, $0.1) }))
    }
}
