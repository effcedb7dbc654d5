// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TimePattern {
    /// A time that is written in this format, and in no other way; UTC where it names no zone.
    func parse(_ text: String) -> ExpressionTime? {
        guard text.utf8.count <= 128 else { return nil }
        var reader = Reader(rest: text[...])
        for part in parts {
            switch part {
            case .text(let literal):
                guard reader.take(literal) else { return nil }
            case .field(let letter, let count):
                guard reader.take(letter, count) else { return nil }
            }
        }
        return reader.rest.isEmpty ? reader.time : nil
    }

    /// What has been read so far, and what is left.
    private struct Reader {
        var rest: Substring
        var civil = CivilTime()
        var isAfternoon: Bool?
        var weekday: Int?
        var zone: ExpressionZone?

        var time: ExpressionTime? {
            var civil = civil
            if let isAfternoon {
                guard (1...12).contains(civil.hour) else { return nil }
                civil.hour = civil.hour % 12 + (isAfternoon ? 12 : 0)
            }
            guard civil.isValid, weekday == nil || weekday == civil.weekday else { return nil }
            let zone = zone ?? .utc
            let local = civil.local
            let seconds = zone.seconds(ofLocal: local, preferring: zone.offset(at: local))
            guard ExpressionTime.range.contains(seconds) else { return nil }
            return ExpressionTime(seconds: seconds, nanoseconds: Int32(civil.nanosecond), zone: zone)
        }

        mutating func take(_ literal: String) -> Bool {
            guard rest.utf8.starts(with: literal.utf8) else { return false }
            rest = Substring(rest.utf8.dropFirst(literal.utf8.count))
            return true
        }

        mutating func take(_ letter: Character, _ count: Int) -> Bool {
            switch letter {
            case "y", "u": return number(count == 1 ? 1...4 : count...count) { $0.year = count == 2 ? 2000 + $1 : $1 }
            case "M" where count > 2:
                guard let month = name(months, count == 3) else { return false }
                civil.month = month + 1
                return true
            case "M": return number(count == 1 ? 1...2 : 2...2) { $0.month = $1 }
            case "d": return number(count == 1 ? 1...2 : 2...2) { $0.day = $1 }
            case "H", "h": return number(count == 1 ? 1...2 : 2...2) { $0.hour = $1 }
            case "m": return number(count == 1 ? 1...2 : 2...2) { $0.minute = $1 }
            case "s": return number(count == 1 ? 1...2 : 2...2) { $0.second = $1 }
            case "S": return fraction(count == 0 ? 1...9 : count...count)
            case "E":
                weekday = name(weekdays, count < 4)
                return weekday != nil
            case "a":
                guard let half = name(["AM", "PM"], false) else { return false }
                isAfternoon = half == 1
                return true
            case "V": return zone(rest)
            default: return offset(letter, count)
            }
        }

        private mutating func digits(_ count: ClosedRange<Int>) -> Substring? {
            let digits = rest.prefix(count.upperBound).prefix { $0.isASCII && $0.isNumber }
            guard digits.count >= count.lowerBound else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits
        }

        private mutating func number(_ count: ClosedRange<Int>, _ set: (inout CivilTime, Int) -> Void) -> Bool {
            guard let digits = digits(count), let number = Int(digits) else { return false }
            set(&civil, number)
            return true
        }

        private mutating func fraction(_ count: ClosedRange<Int>) -> Bool {
            guard let digits = digits(count) else { return false }
            civil.nanosecond = Int(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
            return true
        }

        private mutating func name(_ names: [String], _ isShort: Bool) -> Int? {
            for (index, name) in names.enumerated() where take(isShort ? String(name.prefix(3)) : name) { return index }
            return nil
        }

        /// An offset in the width of its letter; `O` stands for any width.
        private mutating func offset(_ letter: Character, _ count: Int) -> Bool {
            if letter == "X" || letter == "O", take("Z") {
                zone = .utc
                return true
            }
            let text = rest.prefix { "+-:0123456789".contains($0) }
            let widths: [Int] =
                switch (letter, count) {
                case ("O", _): [3, 5, 6]
                case ("Z", _), (_, 2): [5]
                case (_, 1): [3, 5]
                default: [6]
                }
            guard widths.contains(text.count), let offset = ExpressionZone.offset(String(text)) else { return false }
            zone = ExpressionZone(offset: offset)
            rest = rest.dropFirst(text.count)
            return true
        }

        private mutating func zone(_ text: Substring) -> Bool {
            let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-:".contains($0)) }
            guard let zone = ExpressionZone(String(name)) else { return false }
            self.zone = zone
            rest = rest.dropFirst(name.count)
            return true
        }
    }
}
