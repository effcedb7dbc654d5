// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLKit

/// Where the keys of a TOML text are set.
///
/// The library tells where a text cannot be parsed and not where a value came from. So it is asked for the text line by line: where
/// what has been read so far is a whole document, a statement has ended, and the keys that are new are its own. That costs a
/// parse for each statement, and is done only where somebody has to be told a place.
package struct ConfigurationPositions: Sendable {
    /// A place in a text; both count from 1.
    package struct Position: Hashable, Sendable {
        /// The line on which the statement begins.
        package var line: Int
        /// Its first character that is not a space.
        package var column: Int
    }

    /// The longest text that is looked through, in bytes, and the most lines: beyond them nothing is known, so that no text costs
    /// more than a second.
    package static let maximumLength = 64 * 1024
    package static let maximumLines = 1000

    private var positions: [String: Position] = [:]

    /// The places of the keys of a text that can be parsed; empty where the text is too long.
    package init(of text: String) {
        // By bytes: a line's end of two characters is one to Swift.
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Substring.init)
        guard text.utf8.count <= Self.maximumLength, lines.count <= Self.maximumLines else { return }
        var read = ""
        var start: Position?
        for (index, line) in lines.enumerated() {
            read += line + "\n"
            let bare = line.drop { $0.isWhitespace }
            if bare.isEmpty || bare.first == "#" { continue }
            start = start ?? Position(line: index + 1, column: line.count - bare.count + 1)
            guard let position = start, let table = try? TOMLTable(string: read) else { continue }
            note(table, "", position)
            start = nil
        }
    }

    /// The place of a key, by its full name such as `clients[0].id`; of the nearest table around it where it is not there itself.
    package subscript(key: String) -> Position? {
        var key = key
        while true {
            if let position = positions[key] { return position }
            guard let dot = key.lastIndex(of: ".") else { return nil }
            key = String(key[..<dot])
        }
    }

    private mutating func note(_ table: TOMLTable, _ path: String, _ position: Position) {
        for key in table.keys {
            let name = path.isEmpty ? key : "\(path).\(key)"
            if let value = table[key]?.tomlValue { note(value, name, position) }
        }
    }

    private mutating func note(_ value: TOMLValue, _ name: String, _ position: Position) {
        if positions[name] == nil { positions[name] = position }
        if let table = value.table {
            note(table, name, position)
        } else if let array = value.array {
            for (index, element) in array.enumerated() where element.tomlValue.table != nil {
                note(element.tomlValue, "\(name)[\(index)]", position)
            }
        }
    }
}
