// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A format of times in the letters of Java's `DateTimeFormatter`, in English.
///
/// Letters: `y` and `u` (year), `M`, `d`, `H`, `h`, `a`, `m`, `s`, `S` (fraction), `E` (day of the week), `X`, `x` and `Z` (offset),
/// `VV` (zone). Text stands between apostrophes.
struct TimePattern: Sendable {
    enum Part: Sendable, Hashable {
        case text(String)
        case field(Character, Int)
    }

    /// Why a text is no format.
    enum Problem: Error {
        case tooLong
        case openQuote
        case letter(Character)

        func failure(at offset: Int) -> EvaluationFailure {
            switch self {
            case .tooLong: EvaluationFailure(.wrongArguments, at: offset, "the format of times is too long")
            case .openQuote:
                EvaluationFailure(.wrongArguments, at: offset, "the format of times has an apostrophe without an end")
            case .letter(let letter):
                EvaluationFailure(
                    .wrongArguments, at: offset,
                    "the format of times has the letter \(letter) in a way that is not known",
                    hint: "letters are y M d H h a m s S E X x Z VV; text stands between apostrophes")
            }
        }
    }

    let parts: [Part]

    /// `2026-09-05T00:00:00.000Z`.
    static let standard = TimePattern(parts: isoDate + isoTime + [.text("."), .field("S", 3), .field("X", 3)])

    /// What ``ExpressionTime/init(iso8601:)`` reads: with seconds and fraction, without, and dates alone.
    static let iso8601: [TimePattern] = {
        let withSeconds = isoDate + isoTime
        let fraction: [Part] = [.text("."), .field("S", 0)]
        let offset: [Part] = [.field("O", 0)]
        return [
            withSeconds + offset, withSeconds + fraction + offset, isoDate + isoTime.prefix(4) + offset, withSeconds,
            withSeconds + fraction, isoDate + isoTime.prefix(4), isoDate,
        ].map { TimePattern(parts: Array($0)) }
    }()

    private static let isoDate: [Part] = [
        .field("y", 4), .text("-"), .field("M", 2), .text("-"), .field("d", 2),
    ]
    private static let isoTime: [Part] = [
        .text("T"), .field("H", 2), .text(":"), .field("m", 2), .text(":"), .field("s", 2),
    ]

    private init(parts: [Part]) { self.parts = parts }

    /// Reads a format.
    init(_ text: String) throws(Problem) {
        guard text.utf8.count <= 128 else { throw .tooLong }
        var parts: [Part] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == "'" {
                parts.append(.text(try Self.quoted(&rest)))
            } else if first.isASCII, first.isLetter {
                let run = rest.prefix { $0 == first }
                guard Self.isKnown(first, run.count) else { throw .letter(first) }
                parts.append(.field(first, run.count))
                rest = rest.dropFirst(run.count)
            } else {
                parts.append(.text(String(first)))
                rest = rest.dropFirst()
            }
        }
        self.parts = parts
    }

    /// The text between apostrophes at the beginning; two of them are one.
    private static func quoted(_ rest: inout Substring) throws(Problem) -> String {
        rest = rest.dropFirst()
        if rest.first == "'" {
            rest = rest.dropFirst()
            return "'"
        }
        var text = ""
        while let character = rest.first {
            rest = rest.dropFirst()
            guard character == "'" else {
                text.append(character)
                continue
            }
            guard rest.first == "'" else { return text }
            text.append("'")
            rest = rest.dropFirst()
        }
        throw .openQuote
    }

    private static func isKnown(_ letter: Character, _ count: Int) -> Bool {
        switch letter {
        case "y", "u": [1, 2, 4].contains(count)
        case "M", "E": count <= 4
        case "d", "H", "h", "m", "s": count <= 2
        case "a": count == 1
        case "S": count <= 9
        case "X", "x", "Z": count <= 3
        case "V": count == 2
        default: false
        }
    }
}
