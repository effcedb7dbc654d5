// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Functions of strings. Positions count UTF-16, as in Java.
struct StringFunctions {
    let text: String
    let offset: Int

    /// The function's result; `nil` if strings have none for these arguments.
    func call(
        _ function: ValueFunction, _ arguments: [ExpressionValue]
    ) throws(EvaluationFailure) -> ExpressionValue? {
        switch arguments.count {
        case 0: return try call(function)
        case 1:
            if case .string(let argument) = arguments[0] { return try call(function, argument) }
            guard function == .substring, case .integer(let start) = arguments[0] else { return nil }
            return .string(try substring(Int(start), text.utf16.count))
        case 2:
            switch (function, arguments[0], arguments[1]) {
            case (.substring, .integer(let start), .integer(let end)):
                return .string(try substring(Int(start), Int(end)))
            case (.replace, .string(let old), .string(let new)):
                return .string(try replace(old, new, isFirstOnly: false))
            case (.replaceFirst, .string(let old), .string(let new)):
                return .string(try replace(old, new, isFirstOnly: true))
            default: return nil
            }
        default: return nil
        }
    }

    private func call(_ function: ValueFunction) throws(EvaluationFailure) -> ExpressionValue? {
        switch function {
        case .toUpperCase: return .string(try Evaluator.bounded(text.uppercased(), at: offset))
        case .toLowerCase: return .string(try Evaluator.bounded(text.lowercased(), at: offset))
        case .removeSpaces: return .string(String(text.unicodeScalars.filter { !$0.properties.isWhitespace }))
        case .length: return .integer(Int32(text.utf16.count))
        case .toInteger: return .integer(NumberFunctions.rounded(try number()))
        case .toNumber: return .decimal(try number())
        case .parseCountryCode:
            guard let country = CountryCode(text) else { throw notConvertible("a country code of ISO 3166-1") }
            return .country(country)
        case .parseUnixTime: return .time(try TimeFunctions.unix(try integer("seconds since 1970"), at: offset))
        case .parseWindowsTime:
            return .time(try TimeFunctions.windows(try integer("units of 100 ns since 1601"), at: offset))
        case .parseStringTime:
            guard let time = ExpressionTime(iso8601: text) else {
                throw notConvertible("a time of ISO 8601, such as 2026-09-05T00:00:00Z")
            }
            return .time(time)
        default: return nil
        }
    }

    private func call(_ function: ValueFunction, _ other: String) throws(EvaluationFailure) -> ExpressionValue? {
        switch function {
        case .contains: return .boolean(first(other, from: 0) != nil)
        case .substringBefore: return .string(first(other, from: 0).map { bytes(0, $0) } ?? text)
        case .substringAfter:
            return .string(first(other, from: 0).map { bytes($0 + other.utf8.count, text.utf8.count) } ?? "")
        case .versionGreaterThan: return .boolean(try compareVersions(other) > 0)
        case .versionLessThan: return .boolean(try compareVersions(other) < 0)
        case .parseStringTime:
            let pattern: TimePattern
            do throws(TimePattern.Problem) { pattern = try TimePattern(other) } catch {
                throw error.failure(at: offset)
            }
            guard let time = pattern.parse(text) else {
                throw notConvertible("a time in the format \(other.prefix(64))")
            }
            return .time(time)
        default: return nil
        }
    }

    // MARK: - Parts

    private func substring(_ start: Int, _ end: Int) throws(EvaluationFailure) -> String {
        guard let part = Self.slice(text, from: start, to: end) else {
            throw EvaluationFailure(
                .outOfRange, at: offset, "there is no part from \(start) to \(end) in a string of \(text.utf16.count)")
        }
        return part
    }

    /// A part by positions in UTF-16; `nil` where there is none, or where it would cut a character in two.
    static func slice(_ text: String, from start: Int, to end: Int) -> String? {
        let units = text.utf16
        guard start >= 0, start <= end, end <= units.count else { return nil }
        let lower = units.index(units.startIndex, offsetBy: start)
        let upper = units.index(lower, offsetBy: end - start)
        return String(units[lower..<upper])
    }

    /// Where another text begins, in bytes of UTF-8, from a byte on.
    private func first(_ other: String, from start: Int) -> Int? {
        Self.first(other, in: text, from: start)
    }

    /// Where a text begins in another, in bytes of UTF-8, from a byte on.
    ///
    /// Knuth, Morris and Pratt's search, so that no text makes it take longer than its length.
    static func first(_ other: String, in text: String, from start: Int) -> Int? {
        let haystack = text.utf8Span.span
        let needle = other.utf8Span.span
        guard needle.count <= haystack.count - start else { return nil }
        guard needle.count > 0 else { return start }
        // Without a table where the text is short: it takes longer to make one.
        if needle.count <= 16 { return shortFirst(needle, in: haystack, from: start) }
        let borders = borders(needle)
        var matched = 0
        for position in start..<haystack.count {
            while matched > 0, haystack[position] != needle[matched] { matched = borders[matched - 1] }
            if haystack[position] == needle[matched] { matched += 1 }
            if matched == needle.count { return position - matched + 1 }
        }
        return nil
    }

    private static func shortFirst(_ needle: Span<UInt8>, in haystack: Span<UInt8>, from start: Int) -> Int? {
        for position in start...(haystack.count - needle.count) where haystack[position] == needle[0] {
            var length = 1
            while length < needle.count, haystack[position + length] == needle[length] { length += 1 }
            if length == needle.count { return position }
        }
        return nil
    }

    /// For each beginning of a text, how much of its end is a beginning as well.
    private static func borders(_ needle: Span<UInt8>) -> [Int] {
        var borders = [0]
        var matched = 0
        for position in 1..<max(1, needle.count) {
            while matched > 0, needle[position] != needle[matched] { matched = borders[matched - 1] }
            if needle[position] == needle[matched] { matched += 1 }
            borders.append(matched)
        }
        return borders
    }

    private func bytes(_ start: Int, _ end: Int) -> String {
        let bytes = text.utf8
        let lower = bytes.index(bytes.startIndex, offsetBy: start)
        return String(text[lower..<bytes.index(lower, offsetBy: end - start)])
    }

    private func replace(_ old: String, _ new: String, isFirstOnly: Bool) throws(EvaluationFailure) -> String {
        guard !old.isEmpty else {
            throw EvaluationFailure(.wrongArguments, at: offset, "an empty string cannot be replaced")
        }
        var result = ""
        var position = 0
        while let found = first(old, from: position) {
            result += bytes(position, found) + new
            position = found + old.utf8.count
            _ = try Evaluator.bounded(result, at: offset)
            if isFirstOnly { break }
        }
        return try Evaluator.bounded(result + bytes(position, text.utf8.count), at: offset)
    }

    // MARK: - Conversions

    private func number() throws(EvaluationFailure) -> Double {
        let isNumber = text.utf8.count <= 64 && text.utf8.allSatisfy { Lexer.isDigit($0) || "+-.eE".utf8.contains($0) }
        guard isNumber, let value = Double(text), value.isFinite else { throw notConvertible("a number") }
        return value
    }

    private func integer(_ what: String) throws(EvaluationFailure) -> Int64 {
        guard let value = Int64(text) else { throw notConvertible(what) }
        return value
    }

    private func compareVersions(_ other: String) throws(EvaluationFailure) -> Int {
        guard let first = Version(text) else { throw notConvertible("a version, such as 14.2.1") }
        guard let second = Version(other) else {
            throw EvaluationFailure(
                .notConvertible, at: offset, "'\(other.prefix(64))' is not a version, such as 14.2.1")
        }
        return first.order(to: second)
    }

    private func notConvertible(_ what: String) -> EvaluationFailure {
        EvaluationFailure(.notConvertible, at: offset, "'\(text.prefix(64))' is not \(what)")
    }
}

/// A version of numbers with dots, dashes or underscores between; missing numbers at the end are 0.
struct Version: Sendable {
    let numbers: [UInt64]

    /// Reads a version; `nil` for what has other parts than numbers, whose order would be a guess.
    init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        let parts = text.utf8.split(omittingEmptySubsequences: false) { ".-_".utf8.contains($0) }
        guard parts.count <= 16 else { return nil }
        var numbers: [UInt64] = []
        for part in parts {
            guard part.allSatisfy(Lexer.isDigit), let number = UInt64(Substring(part)) else { return nil }
            numbers.append(number)
        }
        self.numbers = numbers
    }

    /// -1, 0 or 1.
    func order(to other: Version) -> Int {
        for position in 0..<max(numbers.count, other.numbers.count) {
            let first = position < numbers.count ? numbers[position] : 0
            let second = position < other.numbers.count ? other.numbers[position] : 0
            if first != second { return first < second ? -1 : 1 }
        }
        return 0
    }
}
