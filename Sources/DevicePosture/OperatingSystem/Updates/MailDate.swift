// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A time as mail and Debian's Release files write it: `Tue, 24 Nov 2026 00:34:33 UTC` (RFC 5322 §3.3, always in UTC here).
enum MailDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds since 1970-01-01 UTC, or `nil` where it is no such time.
    static func parse(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, ["UTC", "GMT", "+0000", "Z"].contains(words[5]),
            let month = months.firstIndex(of: String(words[2])), words[3].utf8.count == 4
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false).map { number($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            hour < 24, minute < 60, second <= 60, let day = number(words[1]), let year = number(words[3])
        else { return nil }
        let twoDigits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        guard let date = CivilDate("\(year)-\(twoDigits(month + 1))-\(twoDigits(day))") else { return nil }
        return Int64(date.day) * 86400 + Int64(hour * 3600 + minute * 60 + second)
    }

    private static func number(_ digits: Substring) -> Int? {
        guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(digits)
    }
}
