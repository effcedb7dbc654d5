// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Foundation alone has the rules of named zones; this module is the verifier's, which has Foundation anyway.
internal import Foundation

/// A time zone: UTC, a fixed offset, or a place's with its changes of the clock.
public struct ExpressionZone: Sendable, Hashable {
    /// `UTC`, `+02:00` or `Europe/Berlin`.
    public let identifier: String
    private let rules: Rules

    private enum Rules: Sendable, Hashable {
        case fixed(Int64)
        case named(TimeZone)
    }

    /// Coordinated universal time.
    public static let utc = ExpressionZone(identifier: "UTC", rules: .fixed(0))

    private init(identifier: String, rules: Rules) {
        self.identifier = identifier
        self.rules = rules
    }

    /// Reads `UTC`, `GMT` or `Z`, an offset (`+2`, `+02`, `+0200`, `+02:00`; at most 18 hours), or a name of the IANA time zone database.
    public init?(_ text: String) {
        if ["UTC", "GMT", "Z"].contains(text) {
            self = .utc
        } else if let offset = Self.offset(text) {
            self.init(offset: offset)
        } else {
            // Foundation reads more than names, such as abbreviations, whose meaning differs from country to country.
            let isName = text.utf8.count <= 64 && text.contains("/") && text.utf8.allSatisfy(Self.isOfName)
            guard isName, let zone = TimeZone(identifier: text) else { return nil }
            self.init(identifier: text, rules: .named(zone))
        }
    }

    /// A fixed offset in seconds, east of Greenwich positive.
    init(offset: Int64) {
        let minutes = offset.magnitude / 60
        let text = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        self = offset == 0 ? .utc : ExpressionZone(identifier: (offset < 0 ? "-" : "+") + text, rules: .fixed(offset))
    }

    /// How far clocks are ahead of UTC at a moment, in seconds.
    func offset(at seconds: Int64) -> Int64 {
        switch rules {
        case .fixed(let offset): offset
        case .named(let zone):
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
        }
    }

    /// The moment at which clocks show a time. Where they show it twice, that with the preferred offset, else the earlier one;
    /// where they leave it out, as much later as they leave out.
    func seconds(ofLocal local: Int64, preferring preferred: Int64) -> Int64 {
        // Clocks are changed by hours, and not twice in two days.
        let before = offset(at: local - 86_400)
        let candidates = [preferred, before, offset(at: local + 86_400)]
        for candidate in candidates where offset(at: local - candidate) == candidate { return local - candidate }
        return local - before
    }

    /// The offset of a text such as `+02:00`.
    static func offset(_ text: String) -> Int64? {
        guard let sign = text.utf8.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Lexer.isDigit) }) else {
            return nil
        }
        let digits = parts.joined()
        guard parts.count == 1 ? [1, 2, 4].contains(digits.count) : parts.map(\.count) == [2, 2] else { return nil }
        guard let hours = Int64(digits.prefix(2)), let minutes = Int64("0" + digits.dropFirst(2)) else { return nil }
        guard minutes < 60, hours * 60 + minutes <= 18 * 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        Lexer.isNameStart(byte) || Lexer.isDigit(byte) || "/+-".utf8.contains(byte)
    }
}
