// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A day of the Gregorian calendar, as `YYYY-MM-DD`.
struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    let day: Int
    private let text: String

    /// The day that a text of exactly this form names, or `nil`.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let date = Self.number(bytes[8..<10]), year >= 1970, (1...12).contains(month),
            (1...Self.length(ofMonth: month, in: year)).contains(date)
        else { return nil }
        day = Self.day(year: year, month: month, day: date)
        self.text = String(text)
    }

    /// Days since 1970-01-01, by the rules of the Gregorian calendar with a year that begins in March.
    static func day(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let sinceMarch = (month + 9) % 12
        let dayOfYear = (153 * sinceMarch + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    static func < (left: CivilDate, right: CivilDate) -> Bool { left.day < right.day }
    var description: String { text }
}
