// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A filter of resources, as SCIM has them (RFC 7644 §3.4.2.2) and Okta's lists take in `filter` and `search`.
///
/// `eventType eq "user.session.start" and (outcome.result eq "FAILURE" or not (actor.id pr))`. Texts are compared without regard to
/// case, moments of RFC 3339 as moments; of an array one element has to fit. A member that is not there fits `ne` alone.
public indirect enum FilterExpression: Hashable, Sendable {
    /// A comparison of a member with a value.
    case comparison(path: [String], comparison: Comparison, value: ResourceValue)
    /// Whether a member is a value to the letter. Not written by anybody: a comparison of what a schema says is exact becomes one.
    case identity(path: [String], value: ResourceValue)
    /// Whether a member is there, and not null.
    case presence(path: [String])
    /// Both.
    case and(FilterExpression, FilterExpression)
    /// One of them, or both.
    case or(FilterExpression, FilterExpression)
    /// Not this.
    case not(FilterExpression)

    /// How a member is compared.
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        /// Equal.
        case equal = "eq"
        /// Not equal, or not there.
        case notEqual = "ne"
        /// A text with the value in it.
        case contains = "co"
        /// A text that begins with the value.
        case startsWith = "sw"
        /// A text that ends in the value.
        case endsWith = "ew"
        /// Greater.
        case greater = "gt"
        /// Greater or equal.
        case greaterOrEqual = "ge"
        /// Less.
        case less = "lt"
        /// Less or equal.
        case lessOrEqual = "le"
    }

    /// The longest text of a filter, in bytes.
    public static let maximumLength = 4096
    /// How many brackets may stand within each other.
    public static let maximumDepth = 16
    /// How many comparisons a filter may have.
    public static let maximumComparisons = 64

    /// Reads a filter.
    ///
    /// - Throws: FilterError with the place where it is not understood.
    public init(_ text: String) throws(FilterError) {
        var parser = try FilterParser(text)
        self = try parser.whole()
    }

    /// Whether a resource fits.
    public func matches(_ resource: ResourceValue) -> Bool {
        switch self {
        case .comparison(let path, let comparison, let value):
            let found = Self.values(at: path[...], of: resource)
            if comparison == .notEqual { return !found.contains { Self.fits($0, .equal, value) } }
            return found.contains { Self.fits($0, comparison, value) }
        case .identity(let path, let value): return Self.values(at: path[...], of: resource).contains(value)
        case .presence(let path): return Self.values(at: path[...], of: resource).contains { $0 != .null }
        case .and(let left, let right): return left.matches(resource) && right.matches(resource)
        case .or(let left, let right): return left.matches(resource) || right.matches(resource)
        case .not(let inner): return !inner.matches(resource)
        }
    }

    private static func values(at path: ArraySlice<String>, of value: ResourceValue) -> [ResourceValue] {
        if case .array(let elements) = value { return elements.flatMap { values(at: path, of: $0) } }
        guard let name = path.first else { return [value] }
        guard let member = value[name] else { return [] }
        return values(at: path.dropFirst(), of: member)
    }

    private static func fits(_ left: ResourceValue, _ comparison: Comparison, _ right: ResourceValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): return fits(left, comparison, right)
        case (.boolean, .boolean), (.null, .null): return comparison == .equal && left == right
        default:
            guard let left = number(left), let right = number(right) else { return false }
            return fits(left, comparison, right)
        }
    }

    private static func fits(_ left: String, _ comparison: Comparison, _ right: String) -> Bool {
        let (folded, wanted) = (left.lowercased(), right.lowercased())
        switch comparison {
        case .contains: return wanted.isEmpty || folded.contains(wanted)
        case .startsWith: return folded.hasPrefix(wanted)
        case .endsWith: return folded.hasSuffix(wanted)
        default:
            if let left = Instant(left), let right = Instant(right) { return ordered(left, comparison, right) }
            return ordered(folded, comparison, wanted)
        }
    }

    private static func fits(_ left: Double, _ comparison: Comparison, _ right: Double) -> Bool {
        ordered(left, comparison, right)
    }

    private static func ordered<Value: Comparable>(_ left: Value, _ comparison: Comparison, _ right: Value) -> Bool {
        switch comparison {
        case .equal: left == right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .notEqual, .contains, .startsWith, .endsWith: false
        }
    }

    private static func number(_ value: ResourceValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .decimal(let number): number
        default: nil
        }
    }
}

/// Why a filter was not understood.
public struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let reason: String
    /// The byte of the text at which it was, from zero.
    public let offset: Int

    /// An error at a place.
    public init(_ reason: String, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason), at byte \(offset)" }
}
