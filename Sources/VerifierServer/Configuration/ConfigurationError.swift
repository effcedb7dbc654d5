// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a configuration file was refused: the first thing that is wrong with it.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key, as `section.key` or `clients[0].key`; `nil` where the file as a whole is meant.
    package var key: String?
    /// The line of the file, from 1, where it is known.
    package var line: Int?
    /// What is wrong: lower case, without a full stop and without secrets.
    package var problem: String
    /// What to do about it.
    package var hint: String?

    /// An error.
    package init(_ key: String?, _ problem: String, hint: String? = nil, line: Int? = nil) {
        self.key = key
        self.problem = problem
        self.hint = hint
        self.line = line
    }

    package var description: String {
        let place = line.map { "line \($0): " } ?? ""
        return place + (key.map { "'\($0)' " } ?? "") + problem
    }
}
