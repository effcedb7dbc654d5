// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A version of a package of pacman's: `[epoch:]version[-release]`, compared as pacman compares.
///
/// Source: vercmp(8), PKGBUILD(5).
struct PacmanVersion: Comparable, Sendable {
    private let epoch: Int
    private let version: [UInt8]
    private let release: [UInt8]?

    /// The version that a text states, or `nil` where it states none.
    init?(_ text: some StringProtocol) {
        guard (1...256).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        var rest = Array(text.utf8)[...]
        var epoch = 0
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            guard (0...9).contains(colon), rest[..<colon].allSatisfy(Self.isDigit) else { return nil }
            epoch = rest[..<colon].reduce(0) { $0 * 10 + Int($1) - 48 }
            rest = rest[(colon + 1)...]
        }
        if let dash = rest.lastIndex(of: UInt8(ascii: "-")) {
            release = Array(rest[(dash + 1)...])
            rest = rest[..<dash]
        } else {
            release = nil
        }
        guard !rest.isEmpty else { return nil }
        self.epoch = epoch
        version = Array(rest)
    }

    static func < (left: PacmanVersion, right: PacmanVersion) -> Bool { order(left, right) < 0 }

    static func == (left: PacmanVersion, right: PacmanVersion) -> Bool { order(left, right) == 0 }

    private static func order(_ left: PacmanVersion, _ right: PacmanVersion) -> Int {
        if left.epoch != right.epoch { return left.epoch < right.epoch ? -1 : 1 }
        let versions = order(left.version[...], right.version[...])
        guard versions == 0, let one = left.release, let other = right.release else { return versions }
        return order(one[...], other[...])
    }

    /// Part by part: runs of digits are numbers, runs of letters texts, and a number comes after a text.
    private static func order(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        var (left, right) = (left, right)
        while !left.isEmpty, !right.isEmpty {
            let gaps = (left.prefix { !isPart($0) }.count, right.prefix { !isPart($0) }.count)
            (left, right) = (left.dropFirst(gaps.0), right.dropFirst(gaps.1))
            guard let first = left.first, !right.isEmpty else { break }
            if gaps.0 != gaps.1 { return gaps.0 < gaps.1 ? -1 : 1 }
            let belongs = isDigit(first) ? isDigit : isLetter
            let parts = (left.prefix(while: belongs), right.prefix(while: belongs))
            (left, right) = (left.dropFirst(parts.0.count), right.dropFirst(parts.1.count))
            if parts.1.isEmpty { return isDigit(first) ? 1 : -1 }
            let order = isDigit(first) ? compareNumbers(parts.0, parts.1) : compareTexts(parts.0, parts.1)
            if order != 0 { return order }
        }
        if left.isEmpty, right.isEmpty { return 0 }
        // What is left over makes it newer, but for letters, as in 1.0rc.
        if let next = left.first { return isLetter(next) ? -1 : 1 }
        return right.first.map(isLetter) == true ? 1 : -1
    }

    private static func compareNumbers(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        let (left, right) = (left.drop { $0 == 48 }, right.drop { $0 == 48 })
        return left.count == right.count ? compareTexts(left, right) : left.count - right.count
    }

    private static func compareTexts(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        left.elementsEqual(right) ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isPart(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
}
