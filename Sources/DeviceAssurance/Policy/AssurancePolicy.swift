// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// One device assurance policy: what a device of one platform has to meet, all of it.
///
/// Members are named as in Okta's Device Assurance Policies API; the platform `LINUX`, ``linux`` and constraints by
/// distribution are ours. A condition that is absent is not asked for; a policy has at least one.
public struct AssurancePolicy: Hashable, Sendable {
    /// The platforms that a policy can be for.
    public typealias Platform = DevicePlatform

    /// Whether a person is told what to change.
    public enum DisplayRemediationMode: String, Hashable, Sendable, Codable, CaseIterable {
        /// Only that something is wrong.
        case hide = "HIDE"
        /// Item by item.
        case show = "SHOW"
    }

    /// The policy's id; its name where the file states none.
    public var id: String
    /// The name that administrators see, unique among the policies; 1 to 255 characters.
    public var name: String
    /// The platform that it is for; a device of another one neither meets it nor has a grace period by it.
    public var platform = DevicePlatform.linux
    /// The versions of the operating system that are accepted; not together with ``osVersionConstraints``.
    public var osVersion: OSVersionRequirement?
    /// The versions that are accepted by distribution (`LINUX`) or major version (`WINDOWS`); empty where it is not asked for.
    public var osVersionConstraints: [OSVersionConstraint] = []
    /// The classes of disk encryption that are accepted; empty where it is not asked for.
    public var diskEncryptionType: [DiskEncryptionType] = []
    /// The classes of screen lock that are accepted; empty where it is not asked for.
    public var screenLockType: [ScreenLockType] = []
    /// Whether secure hardware is asked for; `false` asks for nothing, as leaving it out does.
    public var secureHardwarePresent: Bool?
    /// `false`: devices that were jailbroken or rooted are not accepted; `true` asks for nothing.
    public var jailbreak: Bool?
    /// Whether the app that asks has to be managed (`callerContext.managedApp`).
    public var requiresManagedApp = false
    /// What is asked of Linux beside that.
    public var linux = LinuxConditions()
    /// What other providers of signals have to say.
    public var thirdPartySignalProviders: [ProviderConditions] = []
    /// Checks of the administrator's own whose results are compared.
    public var devicePostureChecks: [PostureCheckCondition] = []
    /// Whether a person is told what to change; `SHOW` where the document does not say.
    public var displayRemediationMode = DisplayRemediationMode.show
    /// How long a device that does not meet the policy is let in with a warning.
    public var gracePeriod: GracePeriod?

    /// A policy that asks for nothing yet.
    public init(id: String, name: String, platform: DevicePlatform = .linux) {
        self.id = id
        self.name = name
        self.platform = platform
    }

    /// Whether no condition but the administrator's own checks is stated; such a policy is refused when it is read.
    public var isEmpty: Bool {
        osVersion == nil && osVersionConstraints.isEmpty && diskEncryptionType.isEmpty && screenLockType.isEmpty
            && secureHardwarePresent != true && jailbreak != false && !requiresManagedApp && linux.isEmpty
            && thirdPartySignalProviders.allSatisfy(\.isEmpty)
    }

    /// The signals of the agent that the policy is judged by; a verifier has to ask the device for all of them.
    public var requiredSignals: [SignalName] {
        var names: [SignalName] = [.platform]
        if osVersion != nil || !osVersionConstraints.isEmpty { names += [.osName, .osVersion] }
        if asksForSecurityPatch { names += [.securityUpdatesPending] }
        if !diskEncryptionType.isEmpty { names.append(.diskEncryptionType) }
        if !screenLockType.isEmpty { names.append(.screenLockType) }
        if secureHardwarePresent == true { names.append(.secureHardwarePresent) }
        if jailbreak == false { names.append(.integrityJailbreak) }
        if requiresManagedApp { names.append(.managedApp) }
        names += linux.requiredSignals
        names += thirdPartySignalProviders.flatMap(\.overridingSignals)
        var seen: Set<SignalName> = []
        // What a text about the remedy is chosen by.
        let context: [SignalName] = platform == .linux ? [.osName] : []
        return (names + context).filter { seen.insert($0).inserted }
    }

    private var asksForSecurityPatch: Bool {
        guard platform == .linux else { return false }
        let requirements = osVersionConstraints.map(\.requirement) + [osVersion]
        return requirements.contains { $0?.dynamic?.latestSecurityPatch == true }
    }
}
