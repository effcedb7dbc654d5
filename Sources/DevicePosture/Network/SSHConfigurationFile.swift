// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A configuration file of OpenSSH's server, as lines of a keyword and its arguments.
struct SSHConfigurationFile: Hashable, Sendable {
    /// A line that says something.
    struct Line: Hashable, Sendable {
        /// The keyword in lower case.
        let keyword: String
        /// Its arguments without quotes.
        let arguments: [String]
    }

    /// The most lines that are read.
    static let mostLines = 20_000

    /// The lines in their order.
    let lines: [Line]

    /// Parses a file, or gives `nil` where the server would refuse it: a quote without an end, a keyword without an
    /// argument, or what is no keyword. Which keywords there are differs from version to version and is not looked at.
    init?(parsing bytes: [UInt8]) {
        var lines: [Line] = []
        // Nothing but text has ever been a configuration.
        guard bytes.allSatisfy({ $0 >= 0x20 || [0x09, 0x0a, 0x0c, 0x0d].contains($0) }) else { return nil }
        let texts = bytes.split(separator: UInt8(ascii: "\n"))
        guard texts.count <= Self.mostLines else { return nil }
        for text in texts {
            guard let words = Self.words(of: text) else { return nil }
            guard let keyword = words.first else { continue }
            guard words.count > 1, keyword.utf8.allSatisfy(Self.isKeywordByte) else { return nil }
            lines.append(Line(keyword: keyword.lowercased(), arguments: Array(words.dropFirst())))
        }
        self.lines = lines
    }

    private static func isKeywordByte(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
    }

    /// Splits a line: quotes, `\` before a quote or itself, a comment, and one `=` behind the keyword; `nil` for an open quote.
    private static func words(of line: ArraySlice<UInt8>) -> [String]? {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        var mayHaveSign = true
        var rest = line[...]
        while let byte = rest.popFirst() {
            if let open = quote {
                if byte == open {
                    quote = nil
                } else {
                    word?.append(byte == UInt8(ascii: "\\") ? Self.escaped(&rest, orSpace: false) : byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0c:
                if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
                word = nil
            case UInt8(ascii: "=")
            where mayHaveSign && (words.count == 1 && word == nil || words.isEmpty && word != nil):
                if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
                word = nil
                mayHaveSign = false
            case UInt8(ascii: "#") where word == nil: rest = []
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                quote = byte
                word = word ?? []
            case UInt8(ascii: "\\"): word = (word ?? []) + [Self.escaped(&rest, orSpace: true)]
            default: word = (word ?? []) + [byte]
            }
        }
        guard quote == nil else { return nil }
        if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
        return words
    }

    /// What a backslash stands for, itself where nothing that it could protect follows.
    private static func escaped(_ rest: inout ArraySlice<UInt8>, orSpace: Bool) -> UInt8 {
        let protected =
            [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\")] + (orSpace ? [UInt8(ascii: " ")] : [])
        guard let next = rest.first, protected.contains(next) else { return UInt8(ascii: "\\") }
        rest.removeFirst()
        return next
    }
}
