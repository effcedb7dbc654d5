// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A moment in milliseconds since 1970-01-01 UTC, read and written as RFC 3339 has it.
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01 UTC.
    public let milliseconds: Int64

    /// A moment.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// A moment in seconds since 1970-01-01 UTC.
    public init(seconds: Int64) { milliseconds = seconds &* 1000 }

    /// Reads `2026-11-26T07:15:00.000Z`; the fraction may be left out, and `+01:00` may stand for `Z` (RFC 3339 §5.6).
    ///
    /// A date alone is its first moment in UTC. `nil` for anything else, and for days that are on no calendar.
    public init?(_ text: String) {
        guard (10...40).contains(text.utf8.count) else { return nil }
        var scanner = InstantScanner(text)
        guard let year = scanner.number(4), scanner.take(0x2D), let month = scanner.number(2), scanner.take(0x2D),
            let day = scanner.number(2), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        var total = Self.days(year: year, month: month, day: day) * 86_400_000
        if !scanner.isAtEnd {
            guard scanner.take(0x54) || scanner.take(0x74), let time = scanner.time(), let offset = scanner.offset(),
                scanner.isAtEnd
            else { return nil }
            total += time - offset
        }
        // What has four digits for its year in UTC, too.
        guard Self.written.contains(total) else { return nil }
        milliseconds = total
    }

    /// The moments of the years 0 to 9999.
    private static let written: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// The moment as Okta writes it: `2026-11-26T07:15:00.000Z`.
    public var text: String {
        let (days, rest) = Self.divide(milliseconds, by: 86_400_000)
        let (year, month, day) = Self.date(ofDay: days)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let seconds = rest / 1000
        let time = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date)T\(time).\(padded(rest % 1000, 3))Z"
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    private static func divide(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let quotient = number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
        return (quotient, number - quotient * divisor)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March, so that leap days come last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let (era, yearOfEra) = divide(shifted, by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(ofDay days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}

/// Reads the parts of a moment.
private struct InstantScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ digits: Int) -> Int64? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest.removeFirst(digits)
        return text.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    /// The milliseconds of a time of day.
    mutating func time() -> Int64? {
        guard let hour = number(2), take(0x3A), let minute = number(2), take(0x3A), let second = number(2),
            hour < 24, minute < 60, second < 61
        else { return nil }
        var milliseconds = ((hour * 60 + minute) * 60 + second) * 1000
        if take(0x2E) {
            var scale: Int64 = 100
            var digits = 0
            while let digit = number(1) {
                milliseconds += digit * scale
                scale /= 10
                digits += 1
            }
            guard (1...9).contains(digits) else { return nil }
        }
        return milliseconds
    }

    /// The milliseconds by which a zone is ahead of UTC.
    mutating func offset() -> Int64? {
        if take(0x5A) || take(0x7A) { return 0 }
        let isAhead = take(0x2B)
        guard isAhead || take(0x2D), let hour = number(2), take(0x3A), let minute = number(2), hour < 24, minute < 60
        else { return nil }
        return (hour * 60 + minute) * 60_000 * (isAhead ? 1 : -1)
    }
}
