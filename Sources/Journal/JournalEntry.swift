// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Logging

/// What is written of one event: fields by the names of systemd.journal-fields(7), and our own.
package struct JournalEntry: Hashable, Sendable {
    /// What entries of the agent are found by.
    package static let identifier = "countersign-agent"
    /// What the names of our own fields begin with.
    static let prefix = "COUNTERSIGN_"
    /// The longest value, in bytes, and the most fields of our own.
    static let maximumLength = 2048
    static let mostFields = 16

    /// The fields in the order in which they are written.
    package private(set) var fields: [(name: String, value: String)] = []

    /// An event.
    package init(_ message: String, priority: JournalPriority, metadata: Logger.Metadata = [:]) {
        add("MESSAGE", message)
        add("PRIORITY", String(priority.rawValue))
        add("SYSLOG_IDENTIFIER", Self.identifier)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }).prefix(Self.mostFields) {
            if let name = Self.name(key) { add(name, "\(value)") }
        }
    }

    /// The field of a key of metadata; `nil` where it has no letter or digit.
    static func name(_ key: String) -> String? {
        let letters = key.utf8.prefix(48).map { byte -> UInt8 in
            switch byte {
            case 97...122: byte - 32
            case 65...90, 48...57: byte
            default: 95
            }
        }
        guard letters.contains(where: { $0 != 95 }) else { return nil }
        return prefix + String(decoding: letters, as: UTF8.self)
    }

    /// One line: what others sent may be in it, and must not look like more entries than one.
    private mutating func add(_ name: String, _ value: String) {
        var kept = String.UnicodeScalarView()
        var length = 0
        for scalar in value.unicodeScalars {
            let shown: Unicode.Scalar = scalar.properties.generalCategory == .control ? " " : scalar
            length += UTF8.width(shown)
            guard length <= Self.maximumLength else { break }
            kept.append(shown)
        }
        fields.append((name, String(kept)))
    }

    package static func == (one: JournalEntry, other: JournalEntry) -> Bool {
        one.fields.elementsEqual(other.fields, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        for field in fields {
            hasher.combine(field.name)
            hasher.combine(field.value)
        }
    }
}
