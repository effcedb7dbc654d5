// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A condition of a policy.
public enum AssuranceCondition: Hashable, Sendable {
    /// The device's platform is the policy's.
    case platform
    /// `osVersion`, `osVersionConstraints`.
    case osVersion
    /// `diskEncryptionType`.
    case diskEncryption
    /// `screenLockType`.
    case screenLock
    /// `secureHardwarePresent`.
    case secureHardware
    /// `jailbreak`.
    case jailbreak
    /// `callerContext.managedApp`.
    case managedApp
    /// `firewall`.
    case firewall
    /// `secureBoot`.
    case secureBoot
    /// `securityUpdates`.
    case securityUpdates
    /// `automaticUpdates`.
    case automaticUpdates
    /// `mandatoryAccessControl`.
    case mandatoryAccessControl
    /// `kernelLockdown`.
    case kernelLockdown
    /// `hsiLevel`.
    case hsiLevel
    /// `autoLogin`.
    case autoLogin
    /// `endpointProtection`.
    case endpointProtection
    /// `deviceManaged`.
    case deviceManaged
    /// A member of one of `thirdPartySignalProviders`.
    case provider(SignalProvider, String)
    /// One of `devicePostureChecks`, by variable name.
    case postureCheck(String)

    /// The condition's id, as in keys of an administrator's own texts: `Okta:DeviceAssurance.Jailbreak`.
    public var id: String {
        switch self {
        case .provider(let provider, let member): "Okta:DeviceAssurance.\(provider.rawValue).\(member)"
        case .postureCheck(let name): "Okta:DeviceAssurance.DevicePostureChecks.\(name)"
        case .platform: "Okta:DeviceAssurance.Platform"
        case .osVersion: "Okta:DeviceAssurance.OSVersion"
        case .diskEncryption: "Okta:DeviceAssurance.DiskEncryptionType"
        case .screenLock: "Okta:DeviceAssurance.ScreenLockType"
        case .secureHardware: "Okta:DeviceAssurance.SecureHardwarePresent"
        case .jailbreak: "Okta:DeviceAssurance.Jailbreak"
        case .managedApp: "Okta:DeviceAssurance.ManagedApp"
        case .firewall: "Okta:DeviceAssurance.Firewall"
        case .secureBoot: "Okta:DeviceAssurance.SecureBoot"
        case .securityUpdates: "Okta:DeviceAssurance.SecurityUpdates"
        case .automaticUpdates: "Okta:DeviceAssurance.AutomaticUpdates"
        case .mandatoryAccessControl: "Okta:DeviceAssurance.MandatoryAccessControl"
        case .kernelLockdown: "Okta:DeviceAssurance.KernelLockdown"
        case .hsiLevel: "Okta:DeviceAssurance.HSILevel"
        case .autoLogin: "Okta:DeviceAssurance.AutoLogin"
        case .endpointProtection: "Okta:DeviceAssurance.EndpointProtection"
        case .deviceManaged: "Okta:DeviceAssurance.DeviceManaged"
        }
    }

    /// The condition in keys of texts about what is not known.
    var key: String {
        switch self {
        case .osVersion: "os_version"
        case .diskEncryption: "disk_encryption"
        case .screenLock: "screen_lock"
        case .secureHardware: "secure_hardware"
        case .provider(_, let member): member.snakeCase
        case .postureCheck: "posture_check"
        case .hsiLevel: "hsi_level"
        default: id.dropFirst("Okta:DeviceAssurance.".count).description.snakeCase
        }
    }
}

extension String {
    /// A name in capitals within words as one with underscores: `osFirewall` becomes `os_firewall`.
    var snakeCase: String {
        var text = ""
        var previous: Character?
        for character in self {
            if character.isUppercase, let previous, previous.isLowercase { text.append("_") }
            text += character.lowercased()
            previous = character
        }
        return text
    }
}
