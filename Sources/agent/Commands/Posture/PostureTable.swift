// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import DeviceSignals
internal import Glibc
internal import Pinentry

/// The posture for a person: what is wrong first, then what could not be found out, then all the rest by group.
struct PostureTable {
    private let posture: Posture
    private let titleWidth: Int
    private let valueWidth: Int

    init(_ posture: Posture) {
        self.posture = posture
        titleWidth = min(posture.entries.map(\.guide.title.count).max() ?? 0, 32)
        valueWidth = min(posture.entries.map(\.value.count).max() ?? 0, 24)
    }

    func print() {
        section("To mend", posture.entries.filter { $0.standing == .wrong }, withRemedies: true)
        section("Not known", posture.entries.filter { $0.standing == .unknown }, withRemedies: false)
        helperHint()
        var groups: [String] = []
        for entry in posture.entries where !groups.contains(entry.group) { groups.append(entry.group) }
        for group in groups {
            section(
                group, posture.entries.filter { $0.group == group && $0.standing >= .good }, withRemedies: false)
        }
    }

    private func section(_ title: String, _ entries: [Posture.Entry], withRemedies: Bool) {
        guard !entries.isEmpty else { return }
        Console.print(Style.heading.apply(title))
        for entry in entries {
            Console.print(line(entry))
            guard withRemedies, let remedy = entry.remedy else { continue }
            let indent = String(repeating: " ", count: titleWidth + 4)
            Console.print("\(indent)\(remedy.advice)")
            if let command = remedy.command { Console.print("\(indent)$ \(command)") }
        }
        Console.print("")
    }

    private func line(_ entry: Posture.Entry) -> String {
        let title = entry.guide.title + String(repeating: " ", count: max(titleWidth - entry.guide.title.count, 0))
        let padding = String(repeating: " ", count: max(valueWidth - entry.value.count, 0))
        return "  \(title)  \(entry.styledValue)\(padding)  \(Style.faint.apply(entry.explanation))"
    }

    /// The one thing that makes most of what is unknown known.
    private func helperHint() {
        let remedies = posture.entries.filter { $0.standing == .unknown }.compactMap(\.remedy)
        guard let remedy = remedies.first, let command = remedy.command else { return }
        Console.print("\(remedy.advice) It answers \(remedies.count) of these.\n  $ \(command)\n")
    }
}

extension Posture.Entry {
    /// The value as a person reads it.
    var value: String {
        if isRedacted { return "left out" }
        switch reading.state {
        case .known(.strings([])): return "none"
        case .known(let known): return DisplayText(known.description, limit: 120).description
        case .unknown: return "unknown"
        case .notApplicable: return "not applicable"
        }
    }

    /// The value in the colour of its standing.
    var styledValue: String {
        let style: Style? =
            switch standing {
            case .wrong: .error
            case .unknown: .warning
            case .good: .good
            case .plain: nil
            }
        return style?.apply(value) ?? value
    }

    private var isRoot: Bool { geteuid() == 0 }

    /// How it is known, or why it is not.
    var explanation: String {
        let source = "from \(DisplayText(reading.source, limit: 100))"
        return switch reading.state {
        case .known: reading.privilege == .root && !isRoot ? "\(source), by the posture helper" : source
        case .unknown(let reason), .notApplicable(let reason): "\(DisplayText(reason, limit: 200)); \(source)"
        }
    }
}
