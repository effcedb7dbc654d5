// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// Judges one device by the conditions of one policy.
struct RequirementJudge: Sendable {
    let policy: AssurancePolicy
    let snapshot: PostureSnapshot

    /// What is missing, in the order of the policy's members; empty where every condition is met.
    var remediations: [Remediation] {
        [platform, osVersion, diskEncryption, screenLock, secureHardware].compactMap(\.self)
    }

    /// A known value, or why there is none.
    private enum Reported<Value> {
        case value(Value)
        case nothing(String)
    }

    private var platform: Remediation? {
        switch text(.platform) {
        case .nothing(let reason): .unknown(.platform, reason: reason)
        case .value(policy.platform.rawValue): nil
        case .value: .platform(policy.platform.rawValue)
        }
    }

    private var osVersion: Remediation? {
        if !policy.osVersionConstraints.isEmpty { return distribution(policy.osVersionConstraints) }
        guard let minimum = policy.minimumOSVersion else { return nil }
        return version(atLeast: minimum)
    }

    private func distribution(_ accepted: [OSVersionConstraint]) -> Remediation? {
        switch text(.osName) {
        case .nothing(let reason): return .unknown(.osVersion, reason: reason)
        case .value(let name):
            guard let constraint = accepted.first(where: { $0.distribution == name }) else {
                return .otherDistribution(accepted.map(Self.words))
            }
            return constraint.minimum.flatMap { version(atLeast: $0) }
        }
    }

    private func version(atLeast minimum: DottedVersion) -> Remediation? {
        switch text(.osVersion) {
        case .nothing(let reason): return .unknown(.osVersion, reason: reason)
        case .value(let text):
            guard let version = DottedVersion(text) else {
                return .unknown(.osVersion, reason: "the version that the device reports cannot be compared")
            }
            return version >= minimum
                ? nil : .upgradeOSVersion(minimum: minimum.description, current: version.description)
        }
    }

    private var diskEncryption: Remediation? {
        guard !policy.diskEncryptionType.isEmpty else { return nil }
        let reported = choice(.diskEncryptionType, DiskEncryptionType.self)
        guard case .value(let type) = reported else { return unknown(.diskEncryption, reported) }
        return policy.diskEncryptionType.contains { type.meets($0) }
            ? nil : .encryptDisk(accepted: policy.diskEncryptionType, current: type)
    }

    private var screenLock: Remediation? {
        guard !policy.screenLockType.isEmpty else { return nil }
        let reported = choice(.screenLockType, ScreenLockType.self)
        guard case .value(let type) = reported else { return unknown(.screenLock, reported) }
        return policy.screenLockType.contains { type.meets($0) }
            ? nil : .lockScreen(needsBiometric: !policy.screenLockType.contains(.passcode))
    }

    private var secureHardware: Remediation? {
        guard policy.requiresSecureHardware else { return nil }
        switch snapshot[.secureHardwarePresent]?.value {
        case .boolean(true): return nil
        case .boolean(false): return .secureHardware
        default: return unknown(.secureHardware, Reported<Bool>.nothing(reason(.secureHardwarePresent)))
        }
    }

    private func unknown<Value>(_ condition: Remediation.Condition, _ reported: Reported<Value>) -> Remediation? {
        guard case .nothing(let reason) = reported else { return nil }
        return .unknown(condition, reason: reason)
    }

    private func text(_ name: SignalName) -> Reported<String> {
        guard case .string(let text) = snapshot[name]?.value else { return .nothing(reason(name)) }
        return .value(text)
    }

    private func choice<Value: RawRepresentable>(
        _ name: SignalName, _ type: Value.Type
    ) -> Reported<Value> where Value.RawValue == String {
        guard case .value(let text) = text(name), let value = Value(rawValue: text) else {
            return .nothing(reason(name))
        }
        return .value(value)
    }

    /// Why a signal has no value that can be judged.
    private func reason(_ name: SignalName) -> String {
        switch snapshot[name]?.state {
        case nil: "the device did not report it"
        case .unknown(let reason): reason
        case .notApplicable(let reason): "it does not apply to this device: \(reason)"
        case .known: "the device reports a value that is not understood"
        }
    }

    private static func words(_ constraint: OSVersionConstraint) -> String {
        constraint.minimum.map { "\(constraint.distribution) \($0)" } ?? constraint.distribution
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
