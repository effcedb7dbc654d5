// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TimePattern {
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    /// A time in this format.
    func format(_ time: ExpressionTime) -> String {
        let offset = time.zone.offset(at: time.seconds)
        let civil = CivilTime(seconds: time.seconds, nanoseconds: time.nanoseconds, offset: offset)
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .field(let letter, let count): text += Self.field(letter, count, civil, offset, time.zone)
            }
        }
        return text
    }

    private static func field(
        _ letter: Character, _ count: Int, _ civil: CivilTime, _ offset: Int64, _ zone: ExpressionZone
    ) -> String {
        switch letter {
        case "y", "u": count == 2 ? padded(civil.year % 100, 2) : padded(civil.year, count)
        case "M":
            count < 3
                ? padded(civil.month, count)
                : String(months[civil.month - 1].prefix(count == 3 ? 3 : 99))
        case "E": String(weekdays[civil.weekday].prefix(count < 4 ? 3 : 99))
        case "d": padded(civil.day, count)
        case "H": padded(civil.hour, count)
        case "h": padded((civil.hour + 11) % 12 + 1, count)
        case "a": civil.hour < 12 ? "AM" : "PM"
        case "m": padded(civil.minute, count)
        case "s": padded(civil.second, count)
        case "S": String(padded(civil.nanosecond, 9).prefix(count))
        case "V": zone.identifier
        default: offset == 0 && letter == "X" ? "Z" : Self.offset(offset, letter == "Z" ? 2 : count)
        }
    }

    /// `+hh` with minutes if there are any, `+hhmm`, or `+hh:mm`.
    private static func offset(_ offset: Int64, _ count: Int) -> String {
        let minutes = Int(offset.magnitude / 60)
        let sign = offset < 0 ? "-" : "+"
        let hours = sign + padded(minutes / 60, 2)
        if count == 1 { return minutes % 60 == 0 ? hours : hours + padded(minutes % 60, 2) }
        return hours + (count == 3 ? ":" : "") + padded(minutes % 60, 2)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
