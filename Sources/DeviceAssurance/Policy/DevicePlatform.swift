// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The platforms of devices that a policy can be for, spelled as on the wire.
public enum DevicePlatform: String, Hashable, Sendable, Codable, CaseIterable {
    /// Android.
    case android = "ANDROID"
    /// ChromeOS.
    case chromeOS = "CHROMEOS"
    /// iOS and iPadOS.
    case iOS = "IOS"
    /// Any distribution of Linux; Okta's API has no such platform.
    case linux = "LINUX"
    /// macOS.
    case macOS = "MACOS"
    /// Windows.
    case windows = "WINDOWS"

    /// The platform in keys of texts.
    var key: String { self == .chromeOS ? "chrome.chromeos" : rawValue.lowercased() }

    /// The platform for people.
    var title: String {
        switch self {
        case .android: "Android"
        case .chromeOS: "ChromeOS"
        case .iOS: "iOS"
        case .linux: "Linux"
        case .macOS: "macOS"
        case .windows: "Windows"
        }
    }

    /// The most components that a version in a policy may have.
    var versionComponents: Int {
        switch self {
        case .iOS, .macOS: 3
        case .android, .chromeOS, .windows: 4
        case .linux: 8
        }
    }
}

/// Which members a policy of a platform may have, and their values; after Okta's API, with `LINUX` as `MACOS` and more.
struct PlatformSchema: Sendable {
    /// Members that a policy of every platform may have.
    static let commonMembers: Set<String> = [
        "id", "name", "platform", "displayRemediationMode", "gracePeriod", "devicePostureChecks",
    ]
    /// Members that Okta's API writes and nobody sets; accepted and ignored.
    static let readOnlyMembers: Set<String> = [
        // `createdUpdate` is in Okta's own examples.
        "createdBy", "createdDate", "createdUpdate", "lastUpdate", "lastUpdatedBy", "_links",
    ]

    /// The members that state conditions.
    let conditions: Set<String>
    /// The classes of disk encryption that may be asked for.
    var encryption: [DiskEncryptionType] = [.allInternalVolumes]
    /// The other providers of signals whose word may be asked for.
    var providers: [SignalProvider] = [.deviceTrustConnector, .devicePostureIdP]

    /// The members in all.
    var members: Set<String> { conditions.union(Self.commonMembers).union(Self.readOnlyMembers) }

    /// The schema of a platform.
    static func schema(of platform: DevicePlatform) -> PlatformSchema {
        let desktop: Set<String> = [
            "osVersion", "diskEncryptionType", "screenLockType", "secureHardwarePresent", "thirdPartySignalProviders",
        ]
        switch platform {
        case .android:
            return PlatformSchema(
                conditions: desktop.union(["jailbreak", "callerContext"]), encryption: [.full, .user],
                providers: [.androidDeviceTrust, .devicePostureIdP])
        case .chromeOS:
            return PlatformSchema(conditions: ["thirdPartySignalProviders"])
        case .iOS:
            return PlatformSchema(
                conditions: ["osVersion", "screenLockType", "jailbreak", "thirdPartySignalProviders"],
                providers: [.devicePostureIdP])
        case .macOS:
            return PlatformSchema(conditions: desktop)
        case .windows:
            return PlatformSchema(conditions: desktop.union(["osVersionConstraints"]))
        case .linux:
            return PlatformSchema(
                conditions: desktop.union(["osVersionConstraints"]).union(LinuxConditions.members),
                encryption: [.allInternalVolumes, .systemVolume, .user])
        }
    }
}
