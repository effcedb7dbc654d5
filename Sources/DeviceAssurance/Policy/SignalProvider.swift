// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// A provider of signals beside the agent, spelled as in `thirdPartySignalProviders`.
public enum SignalProvider: String, Hashable, Sendable, CaseIterable {
    /// Android Device Trust.
    case androidDeviceTrust
    /// An identity provider that says whether the device is managed and compliant (claim `device_context`).
    case devicePostureIdP
    /// Chrome's Device Trust Connector.
    case deviceTrustConnector = "dtc"

    /// The provider in keys of texts.
    var key: String {
        switch self {
        case .androidDeviceTrust: "android.zero.trust"
        case .devicePostureIdP: "device"
        case .deviceTrustConnector: "chrome"
        }
    }

    /// One fact that a provider tells.
    struct Member: Sendable {
        /// The values that a policy may ask for.
        enum Kind: Sendable {
            /// This and no other.
            case boolean
            /// The same text.
            case text
            /// `{"minimum": …}`: that version or a newer one.
            case version
            /// The same of these.
            case choice([String])
            /// That one or a later one of these.
            case level([String])
        }

        let name: String
        let kind: Kind
    }

    /// The facts that a policy of a platform may ask for.
    func members(of platform: DevicePlatform) -> [Member] {
        switch self {
        case .androidDeviceTrust: Self.android
        case .devicePostureIdP: [Member(name: "managed", kind: .boolean), Member(name: "compliant", kind: .boolean)]
        case .deviceTrustConnector: Self.connector + Self.connectorExtras(platform)
        }
    }

    private static let android: [Member] = [
        Member(
            name: "deviceIntegrityLevel",
            kind: .level(["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY", "MEETS_STRONG_INTEGRITY"])),
        Member(name: "networkProxyDisabled", kind: .boolean),
        Member(name: "playProtectVerdict", kind: .choice(["LOW", "MEDIUM", "HIGH"])),
        Member(name: "requireMajorVersionUpdate", kind: .boolean),
        Member(name: "screenLockComplexity", kind: .level(["LOW", "MEDIUM", "HIGH"])),
        Member(name: "usbDebuggingDisabled", kind: .boolean),
        Member(name: "wifiSecured", kind: .boolean),
    ]

    private static let connector: [Member] = [
        Member(name: "browserVersion", kind: .version),
        Member(name: "builtInDnsClientEnabled", kind: .boolean),
        Member(name: "chromeRemoteDesktopAppBlocked", kind: .boolean),
        Member(name: "deviceEnrollmentDomain", kind: .text),
        Member(name: "diskEncrypted", kind: .boolean),
        Member(name: "osFirewall", kind: .boolean),
        Member(name: "osVersion", kind: .version),
        Member(
            name: "passwordProtectionWarningTrigger",
            kind: .choice(["PASSWORD_PROTECTION_OFF", "PASSWORD_REUSE", "PHISHING_REUSE"])),
        Member(name: "realtimeUrlCheckMode", kind: .boolean),
        Member(
            name: "safeBrowsingProtectionLevel",
            kind: .level(["NO_SAFE_BROWSING", "STANDARD_PROTECTION", "ENHANCED_PROTECTION"])),
        Member(name: "screenLockSecured", kind: .boolean),
        Member(name: "siteIsolationEnabled", kind: .boolean),
    ]

    private static func connectorExtras(_ platform: DevicePlatform) -> [Member] {
        let browserKey = Member(
            name: "keyTrustLevel", kind: .level(["CHROME_BROWSER_OS_KEY", "CHROME_BROWSER_HW_KEY"]))
        switch platform {
        case .chromeOS:
            return [
                Member(
                    name: "keyTrustLevel", kind: .choice(["CHROME_OS_VERIFIED_MODE", "CHROME_OS_DEVELOPER_MODE"])),
                Member(name: "allowScreenLock", kind: .boolean), Member(name: "managedDevice", kind: .boolean),
            ]
        case .windows:
            return [
                browserKey, Member(name: "antivirusEnabled", kind: .boolean),
                Member(name: "crowdStrikeAgentId", kind: .text), Member(name: "crowdStrikeCustomerId", kind: .text),
                Member(name: "secureBootEnabled", kind: .boolean),
                Member(name: "thirdPartyBlockingEnabled", kind: .boolean),
                Member(name: "windowsMachineDomain", kind: .text), Member(name: "windowsUserDomain", kind: .text),
            ]
        default: return [browserKey]
        }
    }
}

/// What a policy asks of one provider's signals.
public struct ProviderConditions: Hashable, Sendable {
    /// A value that is asked for.
    public enum Value: Hashable, Sendable {
        /// This and no other.
        case boolean(Bool)
        /// This text, or for facts that have levels, a higher one.
        case string(String)
        /// This version or a newer one.
        case minimum(DottedVersion)
    }

    /// The provider.
    public var provider: SignalProvider
    /// What is asked for, by member.
    public var values: [String: Value]

    /// Conditions.
    public init(_ provider: SignalProvider, _ values: [String: Value] = [:]) {
        self.provider = provider
        self.values = values
    }

    /// Whether nothing is asked for.
    public var isEmpty: Bool { values.isEmpty }

    /// The agent's signals that stand before this provider's.
    var overridingSignals: [SignalName] {
        guard provider == .deviceTrustConnector else { return [] }
        return values.keys.sorted().compactMap(Self.overridingSignal)
    }

    /// The agent's signal that stands before a fact of the connector: where both tell it, the agent's word counts.
    static func overridingSignal(_ member: String) -> SignalName? {
        switch member {
        case "osVersion": .osVersion
        case "screenLockSecured": .screenLockType
        case "diskEncrypted": .diskEncryptionType
        default: nil
        }
    }
}
