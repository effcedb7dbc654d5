// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What `gsettings list-recursively` prints: a line for each key with schema, key and value in GVariant's text form.
struct SettingsTable: Hashable, Sendable {
    private let values: [String: String]

    /// Parses the output; lines of another form are skipped.
    init(parsing bytes: [UInt8]) {
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 2)
            if fields.count == 3 { values["\(fields[0]) \(fields[1])"] = String(fields[2]) }
        }
        self.values = values
    }

    /// A yes or no, or `nil` where the key is not there or is something else.
    func boolean(_ key: String, of schema: Command.SettingsSchema) -> Bool? {
        switch values["\(schema.rawValue) \(key)"] {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A number with or without its GVariant type before it.
    func number(_ key: String, of schema: Command.SettingsSchema) -> Int? {
        values["\(schema.rawValue) \(key)"]?.split(separator: " ").last.flatMap { Int($0) }
    }
}
