// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import DevicePosture
internal import DeviceSignals
internal import Pinentry

/// Shows what the agent would report of this device.
struct PostureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posture", abstract: "Shows what can be told to a verifier about this device.",
        discussion: """
            Nothing is sent anywhere. A verifier gets only the signals that it asks for, and only after your consent.

            EXAMPLES
              agent posture
              agent posture --json
            """)

    @Flag(help: "Print the signals as JSON, with the evidence of each.")
    var json = false

    func run() async throws {
        let collector = PostureCollector()
        let snapshot = await collector.snapshot(of: collector.names)
        if json { return try Console.print(json: snapshot) }
        let rows = collector.names.compactMap { name in snapshot[name].map { Row(name, $0) } }
        let width = rows.map(\.name.count).max() ?? 0
        let valueWidth = min(rows.map(\.value.count).max() ?? 0, 40)
        for row in rows {
            let name = Style.heading.apply(row.name) + String(repeating: " ", count: width - row.name.count)
            let padding = String(repeating: " ", count: max(valueWidth - row.value.count, 0))
            Console.print("\(name)  \(row.style.apply(row.value))\(padding)  \(Style.faint.apply(row.explanation))")
        }
    }

    private struct Row {
        let name: String
        let value: String
        let style: Style
        let explanation: String

        init(_ name: SignalName, _ reading: SignalReading) {
            self.name = name.rawValue
            let source = "from \(DisplayText(reading.source, limit: 100))"
            switch reading.state {
            case .known(let known):
                value = DisplayText(known.description, limit: 80).description
                style = .good
                explanation = source
            case .unknown(let reason):
                value = "unknown"
                style = .warning
                explanation = "\(DisplayText(reason, limit: 200)); \(source)"
            case .notApplicable(let reason):
                value = "not applicable"
                style = .faint
                explanation = "\(DisplayText(reason, limit: 200)); \(source)"
            }
        }
    }
}
