// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How long a device that does not meet a policy is let in with a warning.
public enum GracePeriod: Hashable, Sendable {
    /// Until a fixed time, the same for every device (`BY_DATE_TIME`).
    case byDateTime(Timestamp)
    /// For a time from the first failing judgement of a device by the policy (`BY_DURATION`).
    case byDuration(ISO8601Duration)

    /// When the period ends for a device, in seconds since 1970-01-01 UTC; at that second it is over.
    public func end(firstNonCompliant: Int64) -> Int64 {
        switch self {
        case .byDateTime(let time):
            return time.seconds
        case .byDuration(let duration):
            let (end, overflow) = firstNonCompliant.addingReportingOverflow(duration.seconds)
            return overflow ? .max : end
        }
    }
}

/// A duration of ISO 8601, such as `P7D` or `PT36H`.
public struct ISO8601Duration: Hashable, Sendable {
    /// The duration as it was written.
    public let text: String
    /// Its length in seconds; a year counts 365 days and a month 30.
    public let seconds: Int64

    /// The longest that is accepted: 100 years.
    public static let maximumSeconds: Int64 = 100 * 365 * 86400

    /// Parses a duration.
    ///
    /// Accepted is `P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?`, as Okta's API describes it; up to
    /// 9 digits each, and ``maximumSeconds`` in all.
    public init?(_ text: String) {
        guard text.first == "P" else { return nil }
        let parts = text.dropFirst().split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let days = Self.sum(parts[0], [("Y", 365 * 86400), ("M", 30 * 86400), ("W", 7 * 86400), ("D", 86400)])
        else { return nil }
        var total = days
        if parts.count == 2 {
            guard !parts[1].isEmpty, let time = Self.sum(parts[1], [("H", 3600), ("M", 60), ("S", 1)]) else {
                return nil
            }
            total += time
        } else if parts[0].isEmpty {
            return nil
        }
        guard total <= Self.maximumSeconds else { return nil }
        self.text = text
        seconds = total
    }

    /// The sum of numbers with units, each unit at most once and in this order.
    private static func sum(_ text: Substring, _ units: [(letter: Character, seconds: Int64)]) -> Int64? {
        var rest = text
        var left = units[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) && $0.isASCII }
            guard (1...9).contains(digits.count), let number = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let letter = rest.popFirst(), let unit = left.firstIndex(where: { $0.letter == letter }) else {
                return nil
            }
            total += number * left[unit].seconds
            left = left[(unit + 1)...]
        }
        return total
    }
}

/// A point in time as RFC 3339 writes it, such as `2026-09-05T00:00:00.000Z`.
public struct Timestamp: Hashable, Sendable {
    /// The time as it was written.
    public let text: String
    /// Seconds since 1970-01-01 UTC; a fraction is cut off.
    public let seconds: Int64

    /// Parses a time with a date, a time of day and an offset (RFC 3339 §5.6); years 1970 to 9999.
    public init?(_ text: String) {
        var reader = DigitReader(text.utf8[...])
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t"), let hour = reader.number(2),
            reader.skip(":"), let minute = reader.number(2), reader.skip(":"), let second = reader.number(2),
            year >= 1970, (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        if reader.skip(".") { guard reader.digits() > 0 else { return nil } }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        self.text = text
        seconds = (Self.daysSince1970(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset
    }

    /// A time in the years 1970 to 9999, written in UTC; earlier and later ones become the first and last of them.
    public init(seconds: Int64) {
        let seconds = min(max(seconds, 0), 253_402_300_799)
        var (day, year) = (seconds / 86400, Int64(1970))
        // By years, then months: some thousand steps at most.
        while day >= (Self.isLeap(year) ? 366 : 365) {
            day -= Self.isLeap(year) ? 366 : 365
            year += 1
        }
        var month: Int64 = 1
        while day >= Self.days(in: month, of: year) {
            day -= Self.days(in: month, of: year)
            month += 1
        }
        func pad(_ number: Int64, _ places: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, places - digits.count)) + digits
        }
        let time = seconds % 86400
        text =
            "\(pad(year, 4))-\(pad(month, 2))-\(pad(day + 1, 2))T\(pad(time / 3600, 2)):\(pad(time / 60 % 60, 2)):"
            + "\(pad(time % 60, 2)).000Z"
        self.seconds = seconds
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        if month == 2 { return isLeap(year) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400 - 477
        let inYear = (1..<month).reduce(0) { $0 + days(in: $1, of: year) }
        return (year - 1970) * 365 + leapDays + inYear + day - 1
    }
}

/// Reads fixed places of digits one after another.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: Substring.UTF8View) { rest = text }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ places: Int) -> Int64? {
        let part = rest.prefix(places)
        guard part.count == places, part.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(places)
        return part.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Skips digits and counts them.
    mutating func digits() -> Int {
        let count = rest.prefix { (48...57).contains($0) }.count
        rest = rest.dropFirst(count)
        return count
    }

    /// The offset from UTC in seconds.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isNegative = skip("-")
        guard isNegative || skip("+"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (isNegative ? -60 : 60)
    }
}
