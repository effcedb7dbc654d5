// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import MessageBus

/// The signal `hsiLevel`: the level of fwupd's Host Security ID.
///
/// fwupd is asked where it runs, and not started: it would take seconds, and may wake hardware.
struct HostSecurityCollector: SingleSignalCollector {
    static let name = SignalName.hsiLevel
    var mayWait: Bool { true }

    /// A Host Security ID such as `HSI:2! (v2.0.20)`.
    enum Identifier: Hashable, Sendable {
        /// A level, and whether something at run time, such as a tainted kernel, takes away from it.
        case level(Int, hasRuntimeIssue: Bool)
        /// The machine is of a kind that fwupd does not judge, by its chassis.
        case notJudged(chassis: String)
        /// fwupd could not judge.
        case invalid(String)

        /// Parses the text; `nil` for one that is no Host Security ID.
        init?(parsing text: String) {
            guard text.utf8.count <= 256, text.hasPrefix("HSI:"),
                let word = text.dropFirst(4).split(separator: " ", omittingEmptySubsequences: false).first
            else { return nil }
            if word.hasPrefix("INVALID") {
                let why = word.dropFirst(7)
                guard why.isEmpty || why.first == ":" else { return nil }
                let chassis = why.dropFirst().split(separator: "[", maxSplits: 1)
                if chassis.count == 2, chassis[0] == "chassis", chassis[1].last == "]" {
                    let kind = String(chassis[1].dropLast())
                    // Where the firmware names no chassis there is no kind that is judged otherwise.
                    self =
                        kind == "(null)" || kind == "unknown" ? .invalid("no chassis type") : .notJudged(chassis: kind)
                } else {
                    self = .invalid(why.isEmpty ? "no reason given" : String(why.dropFirst()))
                }
                return
            }
            guard let first = word.utf8.first, (48...53).contains(first) else { return nil }
            // Before version 1.9 letters of its own told what else fwupd does: HSI:1+UA!
            let suffix = word.dropFirst()
            guard suffix.allSatisfy({ "+UAC?!".contains($0) }) else { return nil }
            self = .level(Int(first) - 48, hasRuntimeIssue: suffix.contains("!"))
        }
    }

    func find(in system: SystemView) -> Finding {
        let question = ServiceQuestion.hostSecurityID
        if case .container(let name) = Confinement.detect(in: system) {
            return .notApplicable("a container (\(name)) has no firmware of its own", source: question.source)
        }
        switch system.services.answer(to: question) {
        case .failure(.notRunning):
            return .unknown("fwupd does not run; `fwupdmgr security` starts it", source: question.source)
        case .failure(let failure):
            return .unknown("fwupd \(failure.predicate)", source: question.source)
        case .success(.string(let text)):
            guard let identifier = Identifier(parsing: text) else {
                return .unknown("fwupd gave no Host Security ID", source: question.source)
            }
            return Self.judge(identifier, text: text, attributes: system.services.answer(to: .hostSecurityAttributes))
        case .success:
            return .unknown("fwupd gave an answer that does not belong there", source: question.source)
        }
    }

    /// The finding that an identifier stands for.
    static func judge(
        _ identifier: Identifier, text: String, attributes: Result<BusValue, ServiceFailure>
    ) -> Finding {
        let source = ServiceQuestion.hostSecurityID.source
        switch identifier {
        case .level(let level, let hasRuntimeIssue):
            var evidence = [text]
            if hasRuntimeIssue { evidence.append("something at run time takes away from it") }
            if case .success(let value) = attributes { evidence += failedAttributes(value) }
            return Finding(.known(.integer(level)), source: source, evidence: evidence)
        case .notJudged(let chassis):
            return .notApplicable("fwupd does not judge a machine of this kind (\(chassis))", source: source)
        case .invalid(let why):
            return .unknown("fwupd could not judge the machine (\(why))", source: source, evidence: [text])
        }
    }

    /// A line for each attribute that is neither met nor replaced by another, the lowest level first.
    ///
    /// Source: fwupd, `FwupdSecurityAttrFlags`: bit 0 is success, bit 1 obsoleted, bit 2 missing data.
    static func failedAttributes(_ value: BusValue) -> [String] {
        guard case .list(let entries) = value else { return [] }
        var failed: [(level: Int64, name: String)] = []
        for case .dictionary(let entry) in entries.prefix(256) {
            guard case .string(let name) = entry["AppstreamId"], name.hasPrefix("org.fwupd.hsi."),
                case .integer(let flags) = entry["Flags"] ?? .integer(0), flags & 0b11 == 0
            else { continue }
            guard case .integer(let level) = entry["HsiLevel"] ?? .integer(0) else { continue }
            let isMissing = flags & 0b100 != 0
            failed.append((level, String(name.dropFirst(14).prefix(64)) + (isMissing ? " (no data)" : "")))
        }
        failed.sort { ($0.level, $0.name) < ($1.level, $1.name) }
        return failed.map {
            $0.level > 0 ? "not met at level \($0.level): \($0.name)" : "not met at run time: \($0.name)"
        }
    }
}
