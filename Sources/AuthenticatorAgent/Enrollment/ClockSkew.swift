// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How far this device's clock is from the verifier's, by the `Date` field of an answer.
package struct ClockSkew: Hashable, Sendable {
    /// How many seconds this device is ahead; below zero where it is behind.
    package let seconds: Int64

    /// What a clock may be off before tokens are refused; the field itself is exact to a second, and an answer takes time.
    private static let tolerance: Int64 = 60

    /// What to do about it.
    package static let hint =
        "set the clock, for example with 'sudo timedatectl set-ntp true', and run the command again"

    /// The difference between this device's time and a `Date` field; `nil` where it is none (RFC 9110 §5.6.7, IMF-fixdate).
    package init?(dateField: String?, now: Int64) {
        guard let dateField, let verifier = Self.seconds(of: dateField) else { return nil }
        seconds = now - verifier
    }

    /// Whether it is more than a sign-in can bear.
    package var matters: Bool { abs(seconds) > Self.tolerance }

    /// The difference in plain words, such as `this device's clock is 5 minutes behind the verifier's`.
    package var sentence: String {
        "this device's clock is \(Self.words(abs(seconds))) \(seconds < 0 ? "behind" : "ahead of") the verifier's"
    }

    private static func words(_ seconds: Int64) -> String {
        let units: [(Int64, String)] = [(86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
        let (size, name) = units.first { seconds >= $0.0 * ($0.0 == 1 ? 1 : 2) } ?? (1, "second")
        let count = seconds / size
        return "\(count) \(name)\(count == 1 ? "" : "s")"
    }

    private static func seconds(of field: String) -> Int64? {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let parts = field.split(separator: " ", omittingEmptySubsequences: false)
        guard field.utf8.count == 29, parts.count == 6, parts[5] == "GMT", parts[4].utf8.count == 8 else { return nil }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard let day = Int64(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int64(parts[3]),
            (1970...9999).contains(year), (1...31).contains(day), clock.count == 3, (0..<24).contains(clock[0]),
            (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return days(year: year, month: Int64(month) + 1, day: day) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    /// Days since 1970-01-01 in the Gregorian calendar; years are counted from March, so that the leap day comes last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let monthsSinceMarch = (month + 9) % 12
        let daysInYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + daysInYear - 719_468
    }
}
