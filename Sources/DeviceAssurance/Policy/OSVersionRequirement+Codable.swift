// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// Reads and writes requirements on versions in the members that Okta's API gives them.
enum OSVersionCoding {
    private enum Kind: String, CaseIterable {
        case minimum = "MINIMUM"
        case exact = "EXACT"
        case exactAnySupported = "EXACT_ANY_SUPPORTED"
        case notAllowed = "NOT_ALLOWED"
    }

    /// Members of a dynamic requirement.
    private static let dynamicMembers: Set<String> = ["type", "distanceFromLatestMajor", "latestSecurityPatch"]

    /// `minimum` or `dynamicVersionRequirement`, of which one may stand there; `nil` where neither does.
    ///
    /// - Parameter mayForbid: whether the type `NOT_ALLOWED` may stand there.
    static func requirement(
        _ members: KeyedDecodingContainer<PolicyMember>, components: Int, mayForbid: Bool
    ) throws -> OSVersionRequirement? {
        let minimum = try members.version("minimum", components: components)
        guard members.contains(PolicyMember("dynamicVersionRequirement")) else { return minimum.map { .minimum($0) } }
        guard minimum == nil else {
            throw members.refusal("dynamicVersionRequirement", "cannot stand beside minimum")
        }
        let inner = try members.nested("dynamicVersionRequirement", allowing: dynamicMembers)
        return .dynamic(try dynamic(inner, mayForbid: mayForbid))
    }

    private static func dynamic(
        _ members: KeyedDecodingContainer<PolicyMember>, mayForbid: Bool
    ) throws -> DynamicVersionRequirement {
        guard let kind = try members.choice(Kind.self, "type") else { throw members.refusal("type", "is missing") }
        let distance = try members.optional(Int.self, "distanceFromLatestMajor")
        let patch = try members.optional(Bool.self, "latestSecurityPatch")
        if let distance, !(0...DynamicVersionRequirement.maximumDistance).contains(distance) {
            throw members.refusal("distanceFromLatestMajor", "must be 0 or 1")
        }
        switch (kind, distance) {
        case (.minimum, let distance?): return .init(.minimum(distance: distance), latestSecurityPatch: patch)
        case (.exact, let distance?): return .init(.exact(distance: distance), latestSecurityPatch: patch)
        case (.minimum, nil), (.exact, nil):
            throw members.refusal("distanceFromLatestMajor", "is missing; \(kind.rawValue) needs it")
        case (.exactAnySupported, nil): return .init(.exactAnySupported, latestSecurityPatch: patch)
        case (.notAllowed, nil):
            guard mayForbid else {
                throw members.refusal("type", "can be NOT_ALLOWED in osVersionConstraints only")
            }
            guard patch == nil else {
                throw members.refusal("latestSecurityPatch", "cannot stand beside NOT_ALLOWED")
            }
            return .init(.notAllowed)
        case (.exactAnySupported, _), (.notAllowed, _):
            throw members.refusal("distanceFromLatestMajor", "cannot stand beside \(kind.rawValue)")
        }
    }

    /// Writes a requirement into the members around it.
    static func encode(
        _ requirement: OSVersionRequirement, into members: inout KeyedEncodingContainer<PolicyMember>
    ) throws {
        switch requirement {
        case .minimum(let version):
            try members.encode(version.description, forKey: PolicyMember("minimum"))
        case .dynamic(let dynamic):
            var inner = members.nestedContainer(
                keyedBy: PolicyMember.self, forKey: PolicyMember("dynamicVersionRequirement"))
            let (kind, distance): (Kind, Int?) =
                switch dynamic.kind {
                case .minimum(let distance): (.minimum, distance)
                case .exact(let distance): (.exact, distance)
                case .exactAnySupported: (.exactAnySupported, nil)
                case .notAllowed: (.notAllowed, nil)
                }
            try inner.encode(kind.rawValue, forKey: PolicyMember("type"))
            try inner.encodeIfPresent(distance, forKey: PolicyMember("distanceFromLatestMajor"))
            try inner.encodeIfPresent(dynamic.latestSecurityPatch, forKey: PolicyMember("latestSecurityPatch"))
        }
    }
}

extension OSVersionConstraint {
    /// Reads a constraint of a policy of Windows or Linux.
    init(_ members: KeyedDecodingContainer<PolicyMember>, platform: DevicePlatform) throws {
        let subjectMember = platform == .windows ? "majorVersionConstraint" : "distribution"
        try members.allow([subjectMember, "minimum", "dynamicVersionRequirement"], platform: platform)
        let requirement = try OSVersionCoding.requirement(
            members, components: platform.versionComponents, mayForbid: true)
        if platform == .windows {
            guard let major = try members.choice(WindowsMajor.self, subjectMember) else {
                throw members.refusal(subjectMember, "is missing")
            }
            guard requirement != nil else {
                throw members.refusal("minimum", "is missing; or state a dynamicVersionRequirement")
            }
            self.init(.windows(major), requirement)
        } else {
            let name = try members.required(String.self, subjectMember)
            guard name.isDistributionID else {
                throw members.refusal(subjectMember, "is not an ID of os-release, such as debian or ubuntu")
            }
            self.init(.distribution(name), requirement)
        }
    }

    func encode(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        switch subject {
        case .distribution(let name): try members.encode(name, forKey: PolicyMember("distribution"))
        case .windows(let major):
            try members.encode(major.rawValue, forKey: PolicyMember("majorVersionConstraint"))
        }
        if let requirement { try OSVersionCoding.encode(requirement, into: &members) }
    }
}

extension String {
    /// Whether it may be an `ID` of os-release(5): up to 64 of `a-z`, `0-9`, `.`, `_` and `-`.
    var isDistributionID: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0)
            }
    }
}
