// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Testing

extension OSVersionRequirement {
    /// A static requirement, for tests.
    static func atLeast(_ text: String) -> OSVersionRequirement? { DottedVersion(text).map { .minimum($0) } }
}

@Suite struct AssuranceEvaluatorTests {
    private static let now: Int64 = 1_750_000_000
    private static let prefix = "idx.error.code.access_denied.device_assurance.remediation"

    /// A device that meets everything, with these readings in place of its own; `nil` takes one away.
    private static func device(_ changes: [SignalName: SignalState?] = [:]) -> PostureSnapshot {
        var states: [SignalName: SignalState?] = [
            .platform: .known(.string("LINUX")), .osName: .known(.string("debian")),
            .osVersion: .known(.string("12.9")), .diskEncryptionType: .known(.string("ALL_INTERNAL_VOLUMES")),
            .screenLockType: .known(.string("PASSCODE")), .secureHardwarePresent: .known(.boolean(true)),
        ]
        states.merge(changes) { _, new in new }
        return PostureSnapshot(
            states.compactMapValues { $0 }.mapValues { SignalReading($0, source: "test", collectedAt: now) })
    }

    private static func policy(_ id: String = "p", _ change: (inout AssurancePolicy) -> Void = { _ in })
        -> AssurancePolicy
    {
        var policy = AssurancePolicy(id: id, name: id)
        policy.osVersion = .atLeast("12")
        policy.diskEncryptionType = [.allInternalVolumes]
        policy.screenLockType = [.biometric, .passcode]
        policy.secureHardwarePresent = true
        change(&policy)
        return policy
    }

    private func denied(_ policy: AssurancePolicy, _ device: PostureSnapshot) -> [Remediation] {
        guard
            case .notCompliant(let remediations) = AssuranceEvaluator.evaluate([policy], device, now: Self.now).verdict
        else { return [] }
        return remediations
    }

    @Test func letsInADeviceThatMeetsEverything() {
        let result = AssuranceEvaluator.evaluate([Self.policy()], Self.device(), now: Self.now)
        #expect(result.verdict == .compliant)
        #expect(result.failures.isEmpty && result.firstNonCompliant.isEmpty)
    }

    @Test func letsInEveryDeviceWithoutAPolicy() {
        #expect(AssuranceEvaluator.evaluate([], PostureSnapshot(), now: Self.now).verdict == .compliant)
    }

    /// Each condition alone, when it is known not to be met.
    @Test(
        arguments: [
            (SignalName.platform, SignalValue.string("WINDOWS"), "linux.platform"),
            (.osVersion, .string("11.9"), "linux.upgrade_os_version.at_least"),
            (.diskEncryptionType, .string("NONE"), "linux.device_disk_encrypted"),
            (.diskEncryptionType, .string("SYSTEM_VOLUME"), "linux.device_disk_encrypted"),
            (.diskEncryptionType, .string("USER"), "linux.device_disk_encrypted"),
            (.screenLockType, .string("NONE"), "linux.use_lock_screen"),
            (.secureHardwarePresent, .boolean(false), "linux.secure_hardware_present"),
        ] as [(SignalName, SignalValue, String)])
    func deniesWhatIsNotMet(name: SignalName, value: SignalValue, key: String) {
        let remediations = denied(Self.policy(), Self.device([name: .known(value)]))
        #expect(remediations.map(\.key) == ["\(Self.prefix).\(key)"])
        #expect(remediations.map(\.outcome) == [.notMet])
    }

    /// Every way in which nothing is known of a signal, for each signal that a policy looks at.
    @Test(
        arguments: [
            SignalName.platform, .osVersion, .diskEncryptionType, .screenLockType, .secureHardwarePresent,
        ],
        [
            SignalState?.none, .unknown(reason: "because"), .notApplicable(reason: "a server"), .known(.integer(1)),
            .known(.strings(["LINUX", "ALL_INTERNAL_VOLUMES", "PASSCODE", "12.9"])),
        ])
    func deniesWhatIsNotKnownAndSaysWhy(name: SignalName, state: SignalState?) {
        let remediations = denied(Self.policy(), Self.device([name: state]))
        #expect(remediations.map(\.outcome) == [.indeterminate])
        #expect(remediations.first?.key.hasSuffix(".unknown") == true)
        switch state {
        case .unknown(let reason), .notApplicable(let reason):
            #expect(remediations.first?.message.contains(reason) == true)
        default: break
        }
    }

    @Test(
        arguments: [
            (SignalName.diskEncryptionType, "all_internal_volumes"), (.diskEncryptionType, "ENCRYPTED"),
            (.diskEncryptionType, ""),
            (.screenLockType, "PATTERN"), (.osVersion, "trixie/sid"), (.osVersion, "12.x"),
        ] as [(SignalName, String)])
    func deniesAValueThatItDoesNotUnderstand(name: SignalName, value: String) {
        #expect(
            denied(Self.policy(), Self.device([name: .known(.string(value))])).map(\.outcome) == [.indeterminate])
    }

    @Test func namesEverythingThatIsMissingInOrder() {
        let device = Self.device([
            .osVersion: .known(.string("11")), .diskEncryptionType: .unknown(reason: "r"),
            .screenLockType: .known(.string("NONE")), .secureHardwarePresent: .known(.boolean(false)),
        ])
        #expect(denied(Self.policy(), device).map(\.outcome) == [.notMet, .indeterminate, .notMet, .notMet])
    }

    @Test(
        arguments: [
            ([DiskEncryptionType.allInternalVolumes], "ALL_INTERNAL_VOLUMES", true),
            ([.allInternalVolumes], "FULL", true),
            ([.allInternalVolumes], "SYSTEM_VOLUME", false), ([.systemVolume], "ALL_INTERNAL_VOLUMES", true),
            ([.systemVolume], "SYSTEM_VOLUME", true), ([.systemVolume], "USER", false), ([.user], "USER", true),
            ([.user], "SYSTEM_VOLUME", false), ([.user], "ALL_INTERNAL_VOLUMES", true),
            ([.user, .systemVolume], "USER", true),
            ([.user, .systemVolume, .allInternalVolumes], "NONE", false),
        ] as [([DiskEncryptionType], String, Bool)])
    func acceptsAtLeastTheEncryptionThatIsAskedFor(accepted: [DiskEncryptionType], value: String, isMet: Bool) {
        let policy = Self.policy { $0.diskEncryptionType = accepted }
        #expect(denied(policy, Self.device([.diskEncryptionType: .known(.string(value))])).isEmpty == isMet)
    }

    @Test(
        arguments: [
            ([ScreenLockType.biometric], "BIOMETRIC", true), ([.biometric], "PASSCODE", false),
            ([.passcode], "BIOMETRIC", true),
            ([.passcode], "PASSCODE", true), ([.biometric, .passcode], "NONE", false),
            ([.none, .passcode], "NONE", true),
            ([.none], "PASSCODE", false),
        ] as [([ScreenLockType], String, Bool)])
    func acceptsAtLeastTheLockThatIsAskedFor(accepted: [ScreenLockType], value: String, isMet: Bool) {
        let policy = Self.policy { $0.screenLockType = accepted }
        #expect(denied(policy, Self.device([.screenLockType: .known(.string(value))])).isEmpty == isMet)
    }

    @Test(
        arguments: [
            ("debian", "12.9", true), ("debian", "12", true), ("debian", "11.9", false), ("ubuntu", "22.04", true),
            ("ubuntu", "22.10", true), ("ubuntu", "20.04", false), ("ubuntu", "12.04", false), ("fedora", "42", false),
            ("arch", "0", true),
        ] as [(String, String, Bool)])
    func judgesTheVersionByDistribution(name: String, version: String, isMet: Bool) {
        let policy = Self.policy {
            $0.osVersion = nil
            $0.osVersionConstraints = [
                OSVersionConstraint(distribution: "debian", minimum: DottedVersion("12")),
                OSVersionConstraint(distribution: "ubuntu", minimum: DottedVersion("22.04")),
                OSVersionConstraint(distribution: "arch"),
            ]
        }
        let device = Self.device([.osName: .known(.string(name)), .osVersion: .known(.string(version))])
        #expect(denied(policy, device).isEmpty == isMet)
    }

    @Test func deniesADistributionThatIsNotKnown() {
        let policy = Self.policy {
            $0.osVersion = nil
            $0.osVersionConstraints = [OSVersionConstraint(distribution: "debian")]
        }
        #expect(denied(policy, Self.device([.osName: nil])).map(\.outcome) == [.indeterminate])
    }

    @Test func doesNotLookAtWhatIsNotAskedFor() {
        let policy = Self.policy {
            $0.diskEncryptionType = []
            $0.screenLockType = []
            $0.secureHardwarePresent = nil
        }
        let device = Self.device([.diskEncryptionType: nil, .screenLockType: nil, .secureHardwarePresent: nil])
        #expect(AssuranceEvaluator.evaluate([policy], device, now: Self.now).verdict == .compliant)
    }

    @Test func oneOfSeveralPoliciesIsEnough() {
        let strict = Self.policy("strict") { $0.osVersion = .atLeast("99") }
        let result = AssuranceEvaluator.evaluate([strict, Self.policy("plain")], Self.device(), now: Self.now)
        #expect(result.verdict == .compliant)
        #expect(result.failures.map(\.policyID) == ["strict"])
        #expect(result.firstNonCompliant == ["strict": Self.now])
    }

    @Test func tellsTheOptionsWhereSeveralPoliciesFail() {
        let policies = [Self.policy("a"), Self.policy("b") { $0.displayRemediationMode = .hide }, Self.policy("c")]
        let device = Self.device([.secureHardwarePresent: .known(.boolean(false))])
        guard case .notCompliant(let advice) = AssuranceEvaluator.evaluate(policies, device, now: Self.now).verdict
        else {
            Issue.record("it was let in")
            return
        }
        let item = "\(Self.prefix).linux.secure_hardware_present"
        let option = "\(Self.prefix).option_index"
        #expect(advice.map(\.key) == [option, item, option, item, "\(Self.prefix).additional_help_default"])
        #expect(advice.filter { $0.key == option }.map(\.parameters) == [["1"], ["2"]])
    }

    @Test func hidesTheItemsWhereThePolicySaysSo() {
        let policy = Self.policy { $0.displayRemediationMode = .hide }
        let device = Self.device([.secureHardwarePresent: .known(.boolean(false))])
        let result = AssuranceEvaluator.evaluate([policy], device, now: Self.now)
        guard case .notCompliant(let advice) = result.verdict else {
            Issue.record("it was let in")
            return
        }
        #expect(advice.map(\.key) == ["\(Self.prefix).additional_help_default"])
        #expect(result.failures[0].remediations.map(\.key) == ["\(Self.prefix).linux.secure_hardware_present"])
    }
}
