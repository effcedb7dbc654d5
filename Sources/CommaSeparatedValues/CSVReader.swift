// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads a table byte by byte. Every byte is looked at once, and none of what it decides by is part of a longer UTF-8 sequence.
struct CSVReader {
    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8]) throws(CSVError) {
        guard bytes.count <= CSVTable.maximumLength else {
            throw CSVError("the file is longer than \(CSVTable.maximumLength) bytes", line: 1, column: 1)
        }
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try checkEncoding()
    }

    /// Finds the first byte that is no UTF-8: a file in another encoding must not become names that nobody has.
    private func checkEncoding() throws(CSVError) {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var decoder = UTF8()
        var iterator = bytes[position...].makeIterator()
        var (line, column) = (1, 1)
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue("\n"): (line, column) = (line + 1, 1)
            case .scalarValue: column += 1
            case .emptyInput: return
            case .error: throw CSVError("the text is not UTF-8", line: line, column: column)
            }
        }
    }

    /// The next row; `nil` at the end.
    mutating func row() throws(CSVError) -> [CSVTable.Field]? {
        guard position < bytes.count else { return nil }
        var fields: [CSVTable.Field] = []
        while true {
            fields.append(try field())
            guard fields.count <= CSVTable.maximumColumns else {
                throw failure("there are more than \(CSVTable.maximumColumns) columns")
            }
            if take(Self.comma) { continue }
            if try takeLineEnd() { return fields }
            throw failure("a comma or the end of the line is missing after the closing quote")
        }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ reason: String) -> CSVError { CSVError(reason, line: line, column: column) }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        advance()
        return true
    }

    /// Goes one byte on; continuation bytes of UTF-8 are no columns of their own.
    private mutating func advance() {
        let byte = bytes[position]
        position += 1
        if byte == Self.lineFeed {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {
            column += 1
        }
    }

    /// Takes LF, CRLF or the end of the text.
    private mutating func takeLineEnd() throws(CSVError) -> Bool {
        guard let byte = next else { return true }
        if byte == Self.carriageReturn {
            guard position + 1 < bytes.count, bytes[position + 1] == Self.lineFeed else {
                throw failure("a carriage return without its line feed")
            }
            advance()
        }
        return take(Self.lineFeed)
    }

    private mutating func field() throws(CSVError) -> CSVTable.Field {
        let start = (line: line, column: column)
        let content = next == Self.quote ? try quoted() : try plain()
        guard content.count <= CSVTable.maximumField else {
            throw CSVError(
                "the value is longer than \(CSVTable.maximumField) bytes", line: start.line, column: start.column)
        }
        return CSVTable.Field(String(decoding: content, as: UTF8.self), line: start.line, column: start.column)
    }

    private mutating func plain() throws(CSVError) -> [UInt8] {
        let start = position
        while let byte = next, byte != Self.comma, byte != Self.carriageReturn, byte != Self.lineFeed {
            guard byte != Self.quote else {
                throw failure(
                    "a quote within a value that does not begin with one; double it, and put the value in quotes")
            }
            advance()
        }
        return Array(bytes[start..<position])
    }

    private mutating func quoted() throws(CSVError) -> [UInt8] {
        let start = (line: line, column: column)
        advance()
        var content: [UInt8] = []
        while let byte = next {
            advance()
            if byte == Self.quote {
                guard take(Self.quote) else { return content }
            }
            content.append(byte)
        }
        throw CSVError("a quote that is never closed", line: start.line, column: start.column)
    }
}
