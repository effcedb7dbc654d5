// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A version of numeric components divided by dots, such as `22.04` or `6.1.0`.
///
/// Compared component by component as numbers, so 22.10 comes after 22.04 and 12 equals 12.0. Not a semantic version: Ubuntu's
/// months have leading zeros.
public struct DottedVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The components, most significant first; 1 to 8 of them.
    public let components: [Int]
    /// The version as it was written; versions that differ in this alone are equal.
    public let description: String

    /// The version that a text states, or `nil` where it is not 1 to 8 decimal components of at most 9 digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 8, omittingEmptySubsequences: false)
        guard (1...8).contains(parts.count) else { return nil }
        var components: [Int] = []
        for part in parts {
            guard (1...9).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(part)
            else { return nil }
            components.append(number)
        }
        self.components = components
        description = String(text)
    }

    /// The components without trailing zeros, which compare alike.
    private var significant: ArraySlice<Int> {
        components[..<(components.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)]
    }

    public static func < (left: DottedVersion, right: DottedVersion) -> Bool {
        left.significant.lexicographicallyPrecedes(right.significant)
    }

    public static func == (left: DottedVersion, right: DottedVersion) -> Bool { left.significant == right.significant }

    public func hash(into hasher: inout Hasher) { hasher.combine(significant) }
}
