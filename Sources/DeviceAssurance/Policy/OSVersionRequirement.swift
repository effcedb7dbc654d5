// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// Which versions of an operating system are accepted.
public enum OSVersionRequirement: Hashable, Sendable {
    /// This version or a newer one.
    case minimum(DottedVersion)
    /// What the release feed says at the time of the judgement.
    case dynamic(DynamicVersionRequirement)

    /// The dynamic requirement, where it is one.
    public var dynamic: DynamicVersionRequirement? {
        if case .dynamic(let requirement) = self { requirement } else { nil }
    }
}

/// A requirement that moves with the releases of an operating system.
public struct DynamicVersionRequirement: Hashable, Sendable {
    /// How versions are compared with the feed's.
    public enum Kind: Hashable, Sendable {
        /// The major release at this distance from the latest one, or a newer one (`MINIMUM`).
        case minimum(distance: Int)
        /// That major release and no other (`EXACT`).
        case exact(distance: Int)
        /// Any major release that is supported (`EXACT_ANY_SUPPORTED`).
        case exactAnySupported
        /// None at all (`NOT_ALLOWED`); in ``AssurancePolicy/osVersionConstraints`` alone.
        case notAllowed
    }

    /// The greatest distance from the latest major release.
    public static let maximumDistance = 1

    /// How versions are compared with the feed's.
    public var kind: Kind
    /// Whether the latest security patch of the release is asked for; `nil` where the document does not say, which is no.
    public var latestSecurityPatch: Bool?

    /// A requirement.
    public init(_ kind: Kind, latestSecurityPatch: Bool? = nil) {
        self.kind = kind
        self.latestSecurityPatch = latestSecurityPatch
    }
}

/// The versions that are accepted of one distribution, or of one major version of Windows.
public struct OSVersionConstraint: Hashable, Sendable {
    /// The major versions of Windows that can be told apart.
    public enum WindowsMajor: String, Hashable, Sendable, CaseIterable {
        /// Windows 11: builds from 22000 on.
        case windows11 = "WINDOWS_11"
        /// Windows 10.
        case windows10 = "WINDOWS_10"
    }

    /// What the constraint is about.
    public enum Subject: Hashable, Sendable {
        /// A distribution, by its `ID` of os-release(5), such as `debian`.
        case distribution(String)
        /// A major version of Windows.
        case windows(WindowsMajor)
    }

    /// What the constraint is about.
    public var subject: Subject
    /// The versions that are accepted of it; any where it is `nil`, which distributions alone may have.
    public var requirement: OSVersionRequirement?

    /// A constraint.
    public init(_ subject: Subject, _ requirement: OSVersionRequirement? = nil) {
        self.subject = subject
        self.requirement = requirement
    }

    /// A constraint on a distribution.
    public init(distribution: String, minimum: DottedVersion? = nil) {
        self.init(.distribution(distribution), minimum.map { .minimum($0) })
    }

    /// The distribution, where it is about one.
    public var distribution: String? {
        if case .distribution(let name) = subject { name } else { nil }
    }
}
