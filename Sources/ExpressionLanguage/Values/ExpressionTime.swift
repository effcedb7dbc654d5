// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A moment, and the zone that it is told in.
public struct ExpressionTime: Sendable, Hashable {
    /// Whole seconds since 1970-01-01 UTC, rounded down.
    public let seconds: Int64
    /// What is left, 0 to 999 999 999.
    public let nanoseconds: Int32
    /// The zone.
    public let zone: ExpressionZone

    /// The moments that there are: the years 1 to 9999 in UTC.
    public static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// A time; one outside of ``range`` is the nearest one in it.
    public init(seconds: Int64, nanoseconds: Int32 = 0, zone: ExpressionZone = .utc) {
        self.seconds = min(max(seconds, Self.range.lowerBound), Self.range.upperBound)
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
        self.zone = zone
    }

    /// Reads ISO 8601 as it is common: `2026-09-05`, `2026-09-05T08:30Z`, `2026-09-05T08:30:15.250+02:00`; UTC where no offset is
    /// given.
    public init?(iso8601 text: String) {
        for pattern in TimePattern.iso8601 {
            if let time = pattern.parse(text) {
                self = time
                return
            }
        }
        return nil
    }

    /// The time as ISO 8601 with milliseconds and its offset.
    public var iso8601: String { TimePattern.standard.format(self) }

    /// The moment without the zone.
    var moment: Moment { Moment(seconds: seconds, nanoseconds: nanoseconds) }

    struct Moment: Comparable, Hashable {
        var seconds: Int64
        var nanoseconds: Int32

        static func < (left: Moment, right: Moment) -> Bool {
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
    }
}

/// A date and a time of the day without a zone, in the Gregorian calendar also before it was introduced.
struct CivilTime: Sendable, Hashable {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var nanosecond = 0

    init() {}

    /// What clocks show that are `offset` seconds before UTC.
    init(seconds: Int64, nanoseconds: Int32, offset: Int64) {
        let local = seconds + offset
        let days = Int((Double(local) / 86_400).rounded(.down))
        let rest = Int(local) - days * 86_400
        (year, month, day) = Self.date(days: days)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        nanosecond = Int(nanoseconds)
    }

    /// Whether there is such a date and time.
    var isValid: Bool {
        (1...9999).contains(year) && (1...12).contains(month) && (1...Self.days(in: month, of: year)).contains(day)
            && (0...23).contains(hour) && (0...59).contains(minute) && (0...59).contains(second)
    }

    /// Seconds since 1970-01-01 of a clock that shows this.
    var local: Int64 {
        Int64(Self.days(year, month, day)) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// 0 for Monday to 6 for Sunday.
    var weekday: Int { ((Self.days(year, month, day) + 3) % 7 + 7) % 7 }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. Years are counted from March, so that the day of the leap year is the last one.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
