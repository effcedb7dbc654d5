// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import DeviceSignals
internal import FoundationEssentials
internal import Pinentry

/// All that is known of one signal, for a person.
struct PostureExplanation {
    private let entry: Posture.Entry

    init(_ entry: Posture.Entry) { self.entry = entry }

    func print() {
        let reading = entry.reading
        Console.print("\(Style.heading.apply(entry.guide.title)) (\(entry.guide.name)): \(entry.styledValue)")
        Console.print("  \(entry.guide.meaning)")
        switch reading.state {
        case .known: break
        case .unknown(let reason): row("why unknown", reason)
        case .notApplicable(let reason): row("why not", reason)
        }
        row("read from", reading.source)
        row("read at", Self.text(of: reading.collectedAt))
        row("rights", reading.privilege == .root ? "the superuser's" : "your own")
        for (index, line) in reading.evidence.enumerated() { row(index == 0 ? "seen" : "", line) }
        if let remedy = entry.remedy {
            row("to do", remedy.advice)
            if let command = remedy.command { row("", "$ \(command)") }
        }
        row("more", "docs/signals.md, section \(entry.guide.name)")
    }

    private func row(_ title: String, _ text: String) {
        let padding = String(repeating: " ", count: max(12 - title.count, 0))
        Console.print("  \(Style.faint.apply(title))\(padding)\(DisplayText(text, limit: 300))")
    }

    private static func text(of seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
