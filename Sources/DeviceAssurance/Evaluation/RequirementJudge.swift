// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// Judges one device by the conditions of one policy.
struct RequirementJudge: Sendable {
    let policy: AssurancePolicy
    let evidence: DeviceEvidence
    let context: AssuranceContext

    /// What each condition comes to, in the order of the policy's members; of another platform only that.
    var findings: [ConditionFinding] {
        let platform = finding(.platform, judgePlatform())
        guard platform.outcome == .met else { return [platform] }
        return [platform] + standard + linux + providers + checks
    }

    private var standard: [ConditionFinding] {
        var findings: [ConditionFinding] = []
        if policy.osVersion != nil || !policy.osVersionConstraints.isEmpty {
            findings.append(finding(.osVersion, judgeVersion()))
        }
        if !policy.diskEncryptionType.isEmpty { findings.append(finding(.diskEncryption, judgeDiskEncryption())) }
        if !policy.screenLockType.isEmpty { findings.append(finding(.screenLock, judgeScreenLock())) }
        if policy.secureHardwarePresent == true {
            findings.append(flag(.secureHardware, .secureHardwarePresent, "\(key).secure_hardware_present"))
        }
        if policy.jailbreak == false {
            findings.append(flag(.jailbreak, .integrityJailbreak, is: false, "\(key).jailbreak"))
        }
        if policy.requiresManagedApp {
            findings.append(flag(.managedApp, .managedApp, "android.caller_context.managed_app"))
        }
        return findings
    }

    /// The platform in keys of texts.
    var key: String { policy.platform.key }

    /// The distribution that texts are chosen by, where it is known.
    var distribution: String? { policy.platform == .linux ? evidence.signals[.osName]?.value?.text : nil }

    /// A finding, in the administrator's words where there are some.
    func finding(_ condition: AssuranceCondition, _ remediation: Remediation?) -> ConditionFinding {
        ConditionFinding(
            condition, remediation.map { context.customization.apply(to: $0, condition, policy.platform) })
    }

    /// An advice by the rest of its key.
    func advice(_ key: String, _ parameters: [String] = []) -> Remediation {
        .advice(key, parameters, distribution: distribution)
    }

    /// An advice with words in its places.
    func advice(_ key: String, filledWith wordings: [Wording]) -> Remediation {
        .advice(key, filledWith: wordings, distribution: distribution)
    }

    /// What is said of a condition that could not be judged.
    func unknown(_ condition: AssuranceCondition, _ reason: Wording) -> Remediation {
        .unknown(condition, policy.platform, reason: reason)
    }

    /// What is said of a fact's verdict; nothing where it is met.
    func remediation<Value>(
        _ condition: AssuranceCondition, _ verdict: Reported<Value>.Verdict, _ notMet: @autoclosure () -> Remediation
    ) -> Remediation? {
        switch verdict {
        case .met: nil
        case .notMet: notMet()
        case .indeterminate(let reason): unknown(condition, reason)
        }
    }

    /// A condition that one yes or no decides.
    func flag(
        _ condition: AssuranceCondition, _ name: SignalName, is wanted: Bool = true, _ key: String
    ) -> ConditionFinding {
        let verdict = Reported(evidence.signals[name], \.flag).verdict { $0 == wanted }
        return finding(condition, remediation(condition, verdict, advice(key)))
    }

    // MARK: - Conditions of every platform

    private func judgePlatform() -> Remediation? {
        let verdict = Reported(evidence.platform, \.text).verdict { $0 == policy.platform.rawValue }
        return remediation(.platform, verdict, advice("\(key).platform", [policy.platform.title]))
    }

    private func judgeDiskEncryption() -> Remediation? {
        let reported = Reported(evidence.signals[.diskEncryptionType]) { value in
            value.text.flatMap(DiskEncryptionType.init(rawValue:))
        }
        let verdict = reported.verdict { type in policy.diskEncryptionType.contains { type.meets($0) } }
        let current = if case .value(let type) = reported { Wording.encryption([type]) } else { Wording.verbatim("") }
        let needed = Wording.encryption(policy.diskEncryptionType)
        return remediation(
            .diskEncryption, verdict, advice("\(key).device_disk_encrypted", filledWith: [needed, current]))
    }

    private func judgeScreenLock() -> Remediation? {
        let reported = Reported(evidence.signals[.screenLockType]) { value in
            value.text.flatMap(ScreenLockType.init(rawValue:))
        }
        let accepted = policy.screenLockType
        let verdict = reported.verdict { type in accepted.contains { type.meets($0) } }
        let text = accepted.contains(.passcode) ? "use_lock_screen" : "use_biometric_lock_screen"
        return remediation(.screenLock, verdict, advice("\(key).\(accepted == [.none] ? "no_lock_screen" : text)"))
    }
}

extension DiskEncryptionType {
    /// Whether a device of this class meets a policy that accepts another: what is encrypted whole has its parts encrypted.
    func meets(_ accepted: DiskEncryptionType) -> Bool {
        switch self {
        case .full, .allInternalVolumes: accepted != .none
        case .systemVolume, .user, .none: self == accepted
        }
    }
}

extension ScreenLockType {
    /// Whether a device of this class meets a policy that accepts another: a fingerprint always comes with a passcode.
    func meets(_ accepted: ScreenLockType) -> Bool {
        self == accepted || (self == .biometric && accepted == .passcode)
    }
}
