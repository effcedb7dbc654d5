// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An entry as it stands in the journal.
package struct JournalRecord: Hashable, Sendable {
    /// When it came, in microseconds since 1970.
    package var time: UInt64
    /// How much it matters.
    package var priority: JournalPriority
    /// What happened.
    package var message: String
    /// Our own fields, by their names without what they begin with and in lower case.
    package var fields: [String: String]

    /// An entry by its fields, each `NAME=value`.
    ///
    /// - Returns: `nil` where it has no message in UTF-8.
    package init?(time: UInt64, fields data: [[UInt8]]) {
        self.time = time
        priority = .info
        fields = [:]
        var message: String?
        for field in data {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")),
                let name = String(validating: field[..<equals], as: UTF8.self),
                let value = String(validating: field[(equals + 1)...], as: UTF8.self)
            else { continue }
            switch name {
            case "MESSAGE": message = value
            case "PRIORITY": priority = Int(value).flatMap(JournalPriority.init) ?? .info
            case _ where name.hasPrefix(JournalEntry.prefix):
                fields[name.dropFirst(JournalEntry.prefix.count).lowercased()] = value
            default: break
            }
        }
        guard let message else { return nil }
        self.message = message
    }
}
