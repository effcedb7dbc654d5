// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Strings as Java has them: the same where their UTF-16 is, and in the order of their UTF-16.
enum ExpressionText {
    /// Whether two strings have the same bytes.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let first = left.utf8Span.span
        let second = right.utf8Span.span
        guard first.count == second.count else { return false }
        for index in first.indices where first[index] != second[index] { return false }
        return true
    }

    /// -1, 0 or 1.
    static func order(_ left: String, _ right: String) -> Int {
        var first = left.utf16.makeIterator()
        var second = right.utf16.makeIterator()
        while true {
            switch (first.next(), second.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let a?, let b?): if a != b { return a < b ? -1 : 1 }
            }
        }
    }

    /// A decimal as Java writes it: `1.0`, `0.001`, `1.0E7`, `1.5E-5`.
    static func text(_ decimal: Double) -> String {
        guard decimal != 0 else { return decimal.sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = shortest(decimal.magnitude)
        let sign = decimal < 0 ? "-" : ""
        // The value is 0.d₁d₂d₃… · 10^exponent.
        if exponent > -3, exponent <= 7 {
            if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
            let whole = digits.prefix(exponent) + String(repeating: "0", count: max(0, exponent - digits.count))
            let fraction = digits.dropFirst(exponent)
            return sign + whole + "." + (fraction.isEmpty ? "0" : fraction)
        }
        let fraction = digits.dropFirst()
        return sign + digits.prefix(1) + "." + (fraction.isEmpty ? "0" : fraction) + "E\(exponent - 1)"
    }

    /// The fewest digits that tell a positive decimal from its neighbours, and the exponent before them.
    private static func shortest(_ decimal: Double) -> (digits: String, exponent: Int) {
        let parts = decimal.description.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = Substring(String(whole + fraction))
        var exponent = whole.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.count > 1, digits.first == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        return (String(digits), exponent)
    }
}
