// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `integrityMeasurement`: whether the kernel's integrity measurement architecture (IMA) measures files into the
/// TPM (`measure`), or opens only those that are signed or unchanged (`appraise`).
///
/// Only root may read the policy in force: the kernel asks for `CAP_SYS_ADMIN`, which the posture helper does not have. Without it the kernel's command line tells as much as it does where no policy of
/// the distribution's or the administrator's replaces the built-in ones.
struct IntegrityMeasurementCollector: SingleSignalCollector {
    static let name = SignalName.integrityMeasurement
    static let folder = "/sys/kernel/security/ima"
    static let policyPath = "/sys/kernel/security/ima/policy"
    static let customPolicies = ["/etc/ima/ima-policy", "/etc/ima/ima-policy.systemd"]

    /// What is done with files.
    enum Mode: String, Hashable, Sendable, Comparable {
        /// Nothing.
        case none
        /// They are measured.
        case measure
        /// They are appraised.
        case appraise

        static func < (left: Mode, right: Mode) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .none: 0
            case .measure: 1
            case .appraise: 2
            }
        }
    }

    func find(in system: SystemView) -> Finding {
        do {
            guard try system.exists(Self.folder) else {
                try SecurityFileSystem.requireMounted(in: system)
                return .known(Mode.none.rawValue, source: Self.folder, evidence: ["this kernel has no IMA"])
            }
        } catch {
            return SecurityFileSystem.unknown(error, at: Self.folder)
        }
        let line: KernelCommandLine
        do {
            line = try KernelCommandLine.read(in: system)
        } catch {
            return .unknown(error, at: KernelCommandLine.path)
        }
        let evidence = Self.evidence(of: line) + verificationEvidence(in: system)
        do {
            let policy = try system.read(Self.policyPath, limit: 1024 * 1024)
            guard let mode = Self.mode(ofPolicy: policy, appraises: Self.appraises(line)) else {
                throw ReadFailure.malformed
            }
            return .known(mode.rawValue, source: Self.policyPath, evidence: evidence)
        } catch ReadFailure.absent, ReadFailure.denied {
            return withoutPolicy(line, evidence: evidence, in: system)
        } catch {
            return .unknown(error as? ReadFailure ?? .malformed, at: Self.policyPath, evidence: evidence)
        }
    }

    private func withoutPolicy(_ line: KernelCommandLine, evidence: [String], in system: SystemView) -> Finding {
        let reason = "the policy in force can be read by root alone"
        for path in Self.customPolicies where (try? system.exists(path)) != false {
            return .unknown(
                reason, source: Self.policyPath, evidence: evidence + ["\(path) may replace the built-in one"])
        }
        guard let mode = Self.mode(ofCommandLine: line) else {
            return .unknown(reason, source: Self.policyPath, evidence: evidence)
        }
        return .known(mode.rawValue, source: KernelCommandLine.path, evidence: evidence)
    }

    /// The actions of rules.
    private static let actions: Set<String> = [
        "measure", "dont_measure", "appraise", "dont_appraise", "audit", "dont_audit", "hash", "dont_hash",
    ]

    /// The mode that a policy stands for, by the actions of its rules; `nil` where a line is no rule.
    ///
    /// Source: the kernel's ABI description of `ima_policy`.
    static func mode(ofPolicy bytes: [UInt8], appraises: Bool) -> Mode? {
        var mode = Mode.none
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            let word = line.split(separator: UInt8(ascii: " "), maxSplits: 1).first ?? []
            let action = String(decoding: word.prefix(32), as: UTF8.self)
            guard actions.contains(action) else { return nil }
            if action == "measure" { mode = max(mode, .measure) }
            if action == "appraise" && appraises { mode = max(mode, .appraise) }
        }
        return mode
    }

    /// The mode of the built-in policies that the command line names, or `nil` where it names none.
    static func mode(ofCommandLine line: KernelCommandLine) -> Mode? {
        // Several policies may stand in one value, divided by bars.
        var names = line.values(of: "ima_policy").flatMap { $0.split(separator: "|").map(String.init) }
        if line.has("ima_tcb") { names.append("tcb") }
        if line.has("ima_appraise_tcb") { names.append("appraise_tcb") }
        var mode: Mode?
        for name in names {
            switch name {
            case "tcb", "critical_data": mode = max(mode ?? .none, .measure)
            case "appraise_tcb", "secure_boot":
                // Where appraisal is off, what the rest of the policy does is not told here.
                if appraises(line) { mode = max(mode ?? .none, .appraise) }
            default: continue
            }
        }
        return mode
    }

    /// Whether what fails appraisal is refused: not where the command line asks to note it, to mend it, or not to look.
    static func appraises(_ line: KernelCommandLine) -> Bool {
        guard let mode = line.values(of: "ima_appraise").last else { return true }
        return mode == "enforce"
    }

    private static func evidence(of line: KernelCommandLine) -> [String] {
        line.parameters.filter { $0.name.hasPrefix("ima_") || $0.name == "evm" }.prefix(8)
            .map { "\($0.name)\($0.value.map { "=" + $0 } ?? "")" }
    }

    /// What the extended verification module (EVM) was told, where this user may read it.
    private func verificationEvidence(in system: SystemView) -> [String] {
        guard let text = try? system.attribute("/sys/kernel/security/evm"), let bits = UInt32(text) else { return [] }
        return [bits & 0b11 == 0 ? "EVM: no key was loaded" : "EVM: in force (\(bits))"]
    }
}
