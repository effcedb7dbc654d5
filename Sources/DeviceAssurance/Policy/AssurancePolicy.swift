// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// One device assurance policy for Linux: what a device has to meet, all of it.
///
/// Members are named as in Okta's Device Assurance Policies API; `platform` `LINUX` and
/// ``osVersionConstraints`` with a distribution are ours. A condition that is absent is not asked for; a policy has at least
/// one.
public struct AssurancePolicy: Hashable, Sendable {
    /// The platforms that a policy can be for.
    public enum Platform: String, Hashable, Sendable, Codable, CaseIterable {
        /// Any distribution of Linux.
        case linux = "LINUX"
    }

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
    /// The platform that it is for.
    public var platform = Platform.linux
    /// The oldest version that is accepted, whatever the distribution; not together with ``osVersionConstraints``.
    public var minimumOSVersion: DottedVersion?
    /// The distributions that are accepted, each with its oldest version; empty where it is not asked for.
    public var osVersionConstraints: [OSVersionConstraint] = []
    /// The classes of disk encryption that are accepted; empty where it is not asked for.
    public var diskEncryptionType: [DiskEncryptionType] = []
    /// The classes of screen lock that are accepted; empty where it is not asked for.
    public var screenLockType: [ScreenLockType] = []
    /// Whether a TPM 2.0 is asked for.
    public var requiresSecureHardware = false
    /// Whether a person is told what to change; `SHOW` where the file does not say.
    public var displayRemediationMode = DisplayRemediationMode.show
    /// How long a device that does not meet the policy is let in with a warning.
    public var gracePeriod: GracePeriod?

    /// A policy that asks for nothing yet.
    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }

    /// Whether nothing is asked for; such a policy is refused when it is read.
    public var isEmpty: Bool {
        minimumOSVersion == nil && osVersionConstraints.isEmpty && diskEncryptionType.isEmpty
            && screenLockType.isEmpty && !requiresSecureHardware
    }

    /// The signals that the policy is judged by; a verifier has to ask the device for all of them.
    public var requiredSignals: [SignalName] {
        var names: [SignalName] = [.platform]
        if minimumOSVersion != nil || !osVersionConstraints.isEmpty { names += [.osName, .osVersion] }
        if !diskEncryptionType.isEmpty { names.append(.diskEncryptionType) }
        if !screenLockType.isEmpty { names.append(.screenLockType) }
        if requiresSecureHardware { names.append(.secureHardwarePresent) }
        return names
    }
}

/// A distribution that a policy accepts, and its oldest version.
public struct OSVersionConstraint: Hashable, Sendable {
    /// The distribution's `ID` of os-release(5), such as `debian`.
    public var distribution: String
    /// The oldest version that is accepted; any where it is `nil`, as rolling releases have none.
    public var minimum: DottedVersion?

    /// A constraint.
    public init(distribution: String, minimum: DottedVersion? = nil) {
        self.distribution = distribution
        self.minimum = minimum
    }
}
