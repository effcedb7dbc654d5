// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Settings in groups: `[Group]`, `key = value`, comments after `#` or `;` at the start of a line.
struct INISettings: Hashable, Sendable {
    private var values: [String: [String: String]] = [:]

    /// Parses a file, or gives `nil` where it is none.
    init?(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else { return nil }
        var group = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                group = String(line.dropFirst().dropLast())
                continue
            }
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[group, default: [:]][line[..<sign].trimmed] = line[line.index(after: sign)...].trimmed
        }
    }

    /// The names of all groups that have a value, sorted.
    var groups: [String] { values.keys.sorted() }

    /// A value; the last assignment stands.
    subscript(group: String, key: String) -> String? { values[group]?[key] }
}
