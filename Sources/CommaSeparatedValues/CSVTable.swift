// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A table of values with commas between them (RFC 4180): a row of names, then rows with as many values.
///
/// Read strictly: what another reader might take for something else is refused with its line and column, not guessed.
public struct CSVTable: Hashable, Sendable {
    /// A value with the place where it begins.
    public struct Field: Hashable, Sendable {
        /// The value, without its quotes.
        public let text: String
        /// Its line, from 1.
        public let line: Int
        /// Its column in that line, in Unicode scalars from 1.
        public let column: Int

        /// A value at a place.
        public init(_ text: String, line: Int, column: Int) {
            self.text = text
            self.line = line
            self.column = column
        }
    }

    /// The longest text, in bytes: 16 MiB.
    public static let maximumLength = 16 << 20
    /// The most rows below the names.
    public static let maximumRows = 50_000
    /// The most columns.
    public static let maximumColumns = 64
    /// The longest value, in bytes.
    public static let maximumField = 32_768

    /// The names of the columns.
    public let header: [Field]
    /// The rows below, each with as many values as there are names.
    public let rows: [[Field]]

    /// Reads a table in UTF-8, with or without a byte order mark, whose lines end in LF or CRLF.
    ///
    /// - Throws: CSVError with the place.
    public init(parsing bytes: [UInt8]) throws(CSVError) {
        var reader = try CSVReader(bytes)
        guard let header = try reader.row() else {
            throw CSVError("the file is empty: the first line names the columns", line: 1, column: 1)
        }
        var rows: [[Field]] = []
        while let row = try reader.row() {
            let place = row.first
            let (line, column) = (place?.line ?? 1, place?.column ?? 1)
            guard rows.count < Self.maximumRows else {
                throw CSVError("there are more than \(Self.maximumRows) rows", line: line, column: column)
            }
            guard row.count == header.count else {
                throw CSVError(
                    "the row has \(row.count) values, and there are \(header.count) columns", line: line,
                    column: column)
            }
            rows.append(row)
        }
        self.header = header
        self.rows = rows
    }

    /// A table as text: lines end in CRLF, and values stand in quotes where they must.
    public static func text(_ rows: [[String]]) -> String {
        rows.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { byte in
            switch byte {
            case CSVReader.quote, CSVReader.comma, CSVReader.carriageReturn, CSVReader.lineFeed: false
            default: true
            }
        }
        // A lone empty value would be an empty line, and an unquoted mark at the beginning no part of the text.
        if isPlain, !value.isEmpty, !value.unicodeScalars.starts(with: ["\u{FEFF}"]) { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            text.unicodeScalars.append(scalar)
            if scalar == "\"" { text.unicodeScalars.append(scalar) }
        }
        return text + "\""
    }
}

/// Why a table was not understood.
public struct CSVError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let reason: String
    /// The line at which it is, from 1.
    public let line: Int
    /// The column, in Unicode scalars from 1.
    public let column: Int

    /// An error at a place.
    public init(_ reason: String, line: Int, column: Int) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    public var description: String { "line \(line), column \(column): \(reason)" }
}
