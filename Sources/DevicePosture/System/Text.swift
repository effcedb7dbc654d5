// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Where a text stands first in this one.
    func firstRange(ofText text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension StringProtocol {
    /// The text without white space around it.
    var trimmed: String {
        var rest = Substring(self)
        while let first = rest.utf8.first, Self.isBlank(first) {
            rest = rest[rest.utf8.index(after: rest.startIndex)...]
        }
        while let last = rest.utf8.last, Self.isBlank(last) { rest = rest[..<rest.utf8.index(before: rest.endIndex)] }
        // Beyond ASCII it takes whole characters to tell.
        guard (rest.utf8.first ?? 0) >= 0x80 || (rest.utf8.last ?? 0) >= 0x80 else { return String(rest) }
        let start = drop { $0.isWhitespace || $0 == "\0" }
        return String(start.reversed().drop { $0.isWhitespace || $0 == "\0" }.reversed())
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0 || byte == 0x20 || (0x09...0x0D).contains(byte) }
}
