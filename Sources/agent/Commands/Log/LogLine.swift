// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Journal
internal import Pinentry

/// An entry of the log as it is shown.
struct LogLine: Encodable {
    /// When, in the local time zone with its distance from UTC.
    let time: String
    let priority: String
    let message: String
    let fields: [String: String]

    init(_ record: JournalRecord) {
        time = Self.time(record.time)
        priority = record.priority.name
        message = record.message
        fields = record.fields
    }

    /// For a person: one line.
    var text: String {
        let style: Style? =
            switch priority {
            case "emergency", "alert", "critical", "error": .error
            case "warning": .warning
            default: nil
            }
        let word = priority + String(repeating: " ", count: max(0, 8 - priority.count))
        let more = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        let tail = more.isEmpty ? "" : "  " + Style.faint.apply("\(DisplayText(more, limit: 600))")
        return "\(time) \(style?.apply(word) ?? word) \(DisplayText(message, limit: 1000))\(tail)"
    }

    /// For a program: an object on a line.
    func printJSON() {
        // What is made of texts alone can be encoded.
        try? Console.print(line: self)
    }

    private static func time(_ microseconds: UInt64) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var parts = tm()
        var buffer = [CChar](repeating: 0, count: 40)
        guard localtime_r(&seconds, &parts) != nil, strftime(&buffer, 40, "%Y-%m-%dT%H:%M:%S%z", &parts) > 0 else {
            return String(microseconds / 1_000_000)
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
