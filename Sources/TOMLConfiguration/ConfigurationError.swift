// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a configuration file was refused: the first thing that is wrong with it.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, where more than one is read.
    package var file: String?
    /// The key, as `section.key` or `clients[0].key`; `nil` where the file as a whole is meant.
    package var key: String?
    /// The line of the file, from 1, where it is known: that on which what sets the key begins.
    package var line: Int?
    /// The column of the line in characters, from 1, where it is known.
    package var column: Int?
    /// What is wrong: lower case, without a full stop and without secrets.
    package var problem: String
    /// What to do about it.
    package var hint: String?

    /// An error.
    package init(_ key: String?, _ problem: String, hint: String? = nil, line: Int? = nil, column: Int? = nil) {
        self.key = key
        self.problem = problem
        self.hint = hint
        self.line = line
        self.column = column
    }

    /// Where it is, as far as known: `FILE, line 3, column 1`; `nil` where nothing is.
    package var place: String? {
        let parts = [file, line.map { "line \($0)" }, column.map { "column \($0)" }].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    package var description: String {
        (place.map { "\($0): " } ?? "") + (key.map { "'\($0)' " } ?? "") + problem
    }
}
