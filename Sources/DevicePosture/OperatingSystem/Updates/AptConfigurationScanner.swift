// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Divides a file of APT's configuration into words and signs, without comments.
struct AptConfigurationScanner {
    /// What stands in such a file.
    enum Token: Hashable { case word(String), open, close, end }

    private var rest: ArraySlice<UInt8>
    /// Whether a quote or a comment does not end.
    private(set) var isMalformed = false

    /// A scanner of a text.
    init(_ text: String) { rest = Array(text.utf8)[...] }

    /// The next one, or `nil` at the end.
    mutating func next() -> Token? {
        skipBlanksAndComments()
        guard !isMalformed, let first = rest.first else { return nil }
        switch first {
        case UInt8(ascii: "{"):
            rest.removeFirst()
            return .open
        case UInt8(ascii: "}"):
            rest.removeFirst()
            return .close
        case UInt8(ascii: ";"):
            rest.removeFirst()
            return .end
        case UInt8(ascii: "\""):
            guard let end = rest.dropFirst().firstIndex(of: first) else {
                isMalformed = true
                return nil
            }
            defer { rest = rest[(end + 1)...] }
            return .word(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self))
        default:
            let word = rest.prefix { !Self.isBlank($0) && !Array("{};\"".utf8).contains($0) }
            rest = rest[word.endIndex...]
            return .word(String(decoding: word, as: UTF8.self))
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func skipBlanksAndComments() {
        while let first = rest.first {
            if Self.isBlank(first) {
                rest.removeFirst()
            } else if rest.starts(with: "//".utf8) || (first == UInt8(ascii: "#") && !isDirective) {
                rest = rest.drop { $0 != 10 }
            } else if rest.starts(with: "/*".utf8) {
                skipBlock()
            } else {
                return
            }
        }
    }

    private var isDirective: Bool { rest.starts(with: "#clear".utf8) || rest.starts(with: "#include".utf8) }

    private mutating func skipBlock() {
        rest = rest.dropFirst(2)
        while !rest.isEmpty, !rest.starts(with: "*/".utf8) { rest.removeFirst() }
        if rest.isEmpty { isMalformed = true }
        rest = rest.dropFirst(2)
    }
}
