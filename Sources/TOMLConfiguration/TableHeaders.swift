// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLKit

/// Looks for heads of tables that the library would end the process for: those that do not begin with a key.
enum TableHeaders {
    /// The most lines that begin as such a head does, and are none because they stand in an array or a text.
    private static let mostDoubtful = 64

    /// Refuses a head that does not begin with a key.
    ///
    /// - Throws: ``ConfigurationError`` with its line.
    static func check(_ text: String) throws(ConfigurationError) {
        var doubtful = 0
        var line = 0
        var start = text.utf8.startIndex
        while start < text.utf8.endIndex {
            line += 1
            let end = text.utf8[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.utf8.endIndex
            if isDoubtful(text.utf8[start..<end]) {
                doubtful += 1
                // Where a whole document ends before it, a statement begins here.
                guard doubtful <= mostDoubtful, (try? TOMLTable(string: String(text[..<start]))) == nil else {
                    throw ConfigurationError(
                        nil, "not TOML: after a bracket at the beginning of a line a key is expected", line: line,
                        column: 1)
                }
            }
            start = end < text.utf8.endIndex ? text.utf8.index(after: end) : end
        }
    }

    private static func isDoubtful(_ line: Substring.UTF8View) -> Bool {
        var rest = line.drop { isBlank($0) || $0 >= 0x80 }
        guard rest.first == UInt8(ascii: "[") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "[") { rest = rest.dropFirst() }
        guard let first = rest.first(where: { !isBlank($0) }) else { return true }
        return !(isKey(first) || first == UInt8(ascii: "\"") || first == UInt8(ascii: "'"))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isKey(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
