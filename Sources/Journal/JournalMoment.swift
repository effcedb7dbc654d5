// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A moment as a person writes it.
package enum JournalMoment {
    /// Microseconds since 1970: of a time ago (`30s`, `10m`, `2h`, `7d`), of `today`, or of a local date and time
    /// (`2026-11-26`, `2026-11-26 09:30`, `2026-11-26 09:30:15`); `nil` where it is none.
    ///
    /// - Parameter now: microseconds since 1970.
    package static func parse(_ text: String, now: UInt64) -> UInt64? {
        if text == "today" { return startOfDay(now) }
        if let unit = text.last, let factor = ["s": 1, "m": 60, "h": 3600, "d": 86400][unit] {
            let digits = text.dropLast()
            guard (1...7).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let count = UInt64(digits)
            else { return nil }
            let ago = count * UInt64(factor) * 1_000_000
            return ago > now ? 0 : now - ago
        }
        return date(text)
    }

    private static func startOfDay(_ now: UInt64) -> UInt64? {
        var seconds = time_t(now / 1_000_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return nil }
        (parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_isdst) = (0, 0, 0, -1)
        return microseconds(parts)
    }

    private static func date(_ text: String) -> UInt64? {
        guard text.utf8.count <= 32 else { return nil }
        let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == " " || $0 == "T" }
        guard let day = numbers(halves[0], separator: "-", widths: [4, 2, 2]) else { return nil }
        var clock = [0, 0, 0]
        if halves.count == 2 {
            guard
                let found = numbers(halves[1], separator: ":", widths: [2, 2])
                    ?? numbers(halves[1], separator: ":", widths: [2, 2, 2])
            else { return nil }
            clock = found + (found.count == 2 ? [0] : [])
        }
        guard (1970...9999).contains(day[0]), (1...12).contains(day[1]), (1...31).contains(day[2]), clock[0] < 24,
            clock[1] < 60, clock[2] < 60
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(day[0] - 1900), Int32(day[1] - 1), Int32(day[2]))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(clock[0]), Int32(clock[1]), Int32(clock[2]))
        parts.tm_isdst = -1
        // A day that the month does not have comes back as another.
        var normal = parts
        guard mktime(&normal) != -1, normal.tm_mday == parts.tm_mday else { return nil }
        return microseconds(parts)
    }

    private static func numbers(_ text: Substring, separator: Character, widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == widths, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return nil }
        return parts.compactMap { Int($0) }
    }

    private static func microseconds(_ parts: tm) -> UInt64? {
        var parts = parts
        let seconds = mktime(&parts)
        return seconds < 0 ? nil : UInt64(seconds) * 1_000_000
    }
}
