// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension Remediation {
    /// What Okta's keys for texts about device assurance begin with.
    static let keyPrefix = "idx.error.code.access_denied.device_assurance.remediation"

    /// A condition whose state is not known.
    enum Condition: String, CaseIterable {
        case platform
        case osVersion = "os_version"
        case diskEncryption = "disk_encryption"
        case screenLock = "screen_lock"
        case secureHardware = "secure_hardware"

        var subject: String {
            switch self {
            case .platform: "The platform of this device"
            case .osVersion: "The version of the operating system"
            case .diskEncryption: "Whether the disks are encrypted"
            case .screenLock: "Whether the screen locks"
            case .secureHardware: "Whether this device has a TPM 2.0"
            }
        }
    }

    private static func linux(_ key: String, _ parameters: [String] = [], _ message: String) -> Remediation {
        Remediation(key: "\(keyPrefix).linux.\(key)", parameters: parameters, message: message, outcome: .notMet)
    }

    static func platform(_ platform: String) -> Remediation {
        linux("platform", [platform], "Sign in from a device with Linux; other platforms are not accepted here.")
    }

    static func upgradeOSVersion(minimum: String, current: String) -> Remediation {
        linux(
            "upgrade_os_version.at_least", [minimum],
            "Upgrade the operating system to version \(minimum) or later; this device has \(current).")
    }

    static func otherDistribution(_ accepted: [String]) -> Remediation {
        let list = accepted.joined(separator: ", ")
        return linux(
            "upgrade_os_version.one_of_the_following", [list],
            "Use one of these distributions in the version named or a later one: \(list).")
    }

    static func encryptDisk(accepted: [DiskEncryptionType], current: DiskEncryptionType) -> Remediation {
        let needed = accepted.map(\.words).joined(separator: ", or ")
        return linux(
            "device_disk_encrypted", [],
            "Encrypt the disks of this device: \(needed). Now encrypted: \(current.words). `agent posture` shows which "
                + "volumes are not. Most distributions can encrypt disks only when they are installed.")
    }

    static func lockScreen(needsBiometric: Bool) -> Remediation {
        needsBiometric
            ? linux("use_biometric_lock_screen", [], "Let the screen lock by itself, and unlock it with a fingerprint.")
            : linux(
                "use_lock_screen", [],
                "Let the screen lock by itself after a time without use, and ask for the password to unlock it.")
    }

    static var secureHardware: Remediation {
        linux(
            "secure_hardware_present", [],
            "This device has no TPM 2.0 in use. Switch it on in the firmware's settings, or use a device that has one.")
    }

    static func unknown(_ condition: Condition, reason: String) -> Remediation {
        Remediation(
            key: "\(keyPrefix).linux.\(condition.rawValue).unknown", parameters: [reason],
            message: "\(condition.subject) is not known: \(reason).", outcome: .indeterminate)
    }

    static func option(_ number: Int, outcome: Outcome) -> Remediation {
        Remediation(
            key: "\(keyPrefix).option_index", parameters: [String(number)], message: "Option \(number):",
            outcome: outcome)
    }

    static func general(outcome: Outcome) -> Remediation {
        Remediation(
            key: "\(keyPrefix).additional_help_default",
            message:
                "This device does not meet what your organisation asks for. Ask your administrator what to change.",
            outcome: outcome)
    }
}

extension DiskEncryptionType {
    /// The class in words.
    fileprivate var words: String {
        switch self {
        case .none: "nothing"
        case .full: "the whole device"
        case .user: "your own files"
        case .allInternalVolumes: "every internal volume and the swap space"
        case .systemVolume: "the volume of the operating system"
        }
    }
}
