// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads a text byte by byte: what of TOML is below statements and values.
struct TOMLScanner {
    private let bytes: [UInt8]
    /// The byte that comes next.
    private(set) var offset = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Looks at all bytes, wherever the next one is.
    ///
    /// - Throws: ``ConfigurationError`` for a zero byte.
    func refuseZeroBytes() throws(ConfigurationError) {
        if let zero = bytes.firstIndex(of: 0) { throw failure("the file has a zero byte", at: zero) }
    }

    /// The byte that comes next; `nil` at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Passes the next byte.
    mutating func advance() {
        offset += 1
    }

    /// Passes a text if it comes next, and tells whether it did.
    mutating func take(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard bytes.count - offset >= length,
            text.withUTF8Buffer({ $0.elementsEqual(bytes[offset..<offset + length]) })
        else { return false }
        offset += length
        return true
    }

    /// Passes bytes as long as they are of a kind, and gives them as text.
    mutating func take(while belongs: (UInt8) -> Bool) -> Substring {
        let start = offset
        while let next, belongs(next) { offset += 1 }
        return Substring(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    /// Passes spaces and tabulators.
    mutating func skipBlanks() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { offset += 1 }
    }

    /// Passes the end of a line if it comes next, and tells whether it did.
    mutating func takeLineEnd() -> Bool {
        take("\n") || take("\r\n")
    }

    /// Passes a comment if one comes next, up to the end of its line.
    ///
    /// - Throws: ``ConfigurationError`` for a control character within.
    mutating func skipComment() throws(ConfigurationError) {
        guard next == UInt8(ascii: "#") else { return }
        while let next, next != UInt8(ascii: "\n") {
            if next == UInt8(ascii: "\r"), offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "\n") { return }
            guard !Self.isControl(next) else { throw failure("a comment has a control character") }
            offset += 1
        }
    }

    /// Passes blanks, comments and ends of lines: what may stand between statements and between elements.
    mutating func skipLines() throws(ConfigurationError) {
        repeat {
            skipBlanks()
            try skipComment()
        } while takeLineEnd()
    }

    /// Whether a byte is a control character other than the tabulator, which alone may stand in texts and comments.
    static func isControl(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 0x09) || byte == 0x7F
    }

    /// An error at a place; where none is given, at the next byte.
    func failure(_ problem: String, at place: Int? = nil) -> ConfigurationError {
        let position = ConfigurationPosition(of: place ?? offset, in: bytes)
        return ConfigurationError(nil, "not TOML: \(problem)", line: position.line, column: position.column)
    }
}
