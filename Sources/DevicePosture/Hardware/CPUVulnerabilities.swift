// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `cpuVulnerabilities` and `cpuMitigated`: which of the processor's known weaknesses are open, as the kernel says.
struct CPUVulnerabilitiesCollector: SignalCollector {
    static let path = "/sys/devices/system/cpu/vulnerabilities"

    /// What the kernel says of one weakness.
    enum State: String, Hashable, Sendable {
        /// The processor does not have it.
        case notAffected
        /// The kernel does something against it.
        case mitigated
        /// It is open.
        case vulnerable
        /// The kernel cannot tell, as in a virtual machine.
        case unknown

        /// The state that a file's line states: `nil` for what is no line of text, unknown for a text that is not understood.
        init?(parsing bytes: [UInt8]) {
            let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
            guard (1...512).contains(text.count), text.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
            var line = String(decoding: text, as: UTF8.self)
            if line.hasPrefix("KVM: ") { line = String(line.dropFirst(5)) }
            self =
                if line == "Not affected" {
                    .notAffected
                } else if line.hasPrefix("Mitigation:") || line == "Mitigation" {
                    .mitigated
                } else if line.hasPrefix("Vulnerable") || line.hasPrefix("Processor vulnerable") {
                    .vulnerable
                } else {
                    .unknown
                }
        }
    }

    var signals: [SignalName] { [.cpuVulnerabilities, .cpuMitigated] }
    var mayWait: Bool { false }

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        let (list, verdict) = find(in: system)
        return [.cpuVulnerabilities: system.reading(of: list), .cpuMitigated: system.reading(of: verdict)]
    }

    /// The open weaknesses, and whether there are none.
    func find(in system: SystemView) -> (list: Finding, verdict: Finding) {
        var states: [String: State] = [:]
        var evidence: [String] = []
        do {
            for name in try system.list(Self.path, limit: 256) where Self.isName(name) {
                let bytes = try system.read("\(Self.path)/\(name)", limit: 4096)
                guard let state = State(parsing: bytes) else { throw ReadFailure.malformed }
                states[name] = state
                let line = String(decoding: bytes.prefix(160), as: UTF8.self).trimmed
                // A mitigation may say that it does not hold for hyper-threads.
                if state != .notAffected, state != .mitigated || line.lowercased().contains("vulnerable") {
                    evidence.append("\(name): \(line)")
                }
            }
            guard !states.isEmpty else { throw ReadFailure.absent }
        } catch {
            let finding = Finding.unknown(error as? ReadFailure ?? .malformed, at: Self.path)
            return (finding, finding)
        }
        return Self.judge(states, evidence: evidence)
    }

    /// The findings that the states of all weaknesses add up to.
    static func judge(_ states: [String: State], evidence: [String]) -> (list: Finding, verdict: Finding) {
        let open = states.filter { $0.value == .vulnerable || $0.value == .unknown }
        let list = open.map { "\($0.key)=\($0.value.rawValue)" }.sorted()
        let vulnerable = states.filter { $0.value == .vulnerable }.keys.sorted()
        let untold = states.filter { $0.value == .unknown }.keys.sorted()
        let verdict: Finding =
            if !vulnerable.isEmpty {
                .known(false, source: path, evidence: evidence)
            } else if !untold.isEmpty {
                .unknown(
                    "the kernel cannot tell of \(untold.joined(separator: ", "))", source: path, evidence: evidence)
            } else {
                .known(true, source: path, evidence: evidence)
            }
        return (Finding(.known(.strings(list)), source: path, evidence: evidence), verdict)
    }

    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= 64
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
