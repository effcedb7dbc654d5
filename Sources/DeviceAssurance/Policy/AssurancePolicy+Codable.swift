// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension AssurancePolicy: Codable {
    /// The most elements of `osVersionConstraints` for Linux; Windows has two major versions.
    private static let maximumConstraints = 64

    /// Reads a policy and refuses every member and value that is not understood.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        guard let platform = try members.choice(Platform.self, "platform") else {
            throw members.refusal("platform", "is missing; it is LINUX or one of Okta's")
        }
        let schema = PlatformSchema.schema(of: platform)
        try members.allow(schema.members, platform: platform)
        guard let name = try members.title("name") else { throw members.refusal("name", "is missing") }
        self.init(id: try members.title("id") ?? name, name: name, platform: platform)
        try readVersions(members)
        diskEncryptionType = try members.inclusion("diskEncryptionType", among: schema.encryption)
        screenLockType = try members.inclusion("screenLockType", among: ScreenLockType.allCases)
        secureHardwarePresent = try members.optional(Bool.self, "secureHardwarePresent")
        if platform == .linux {
            _ = try members.flag("secureHardwarePresent")
            linux = try LinuxConditions(members)
        }
        jailbreak = try members.optional(Bool.self, "jailbreak")
        if members.contains(PolicyMember("callerContext")) {
            requiresManagedApp = try members.nested("callerContext", allowing: ["managedApp"]).flag("managedApp")
        }
        thirdPartySignalProviders = try ProviderConditions.decode(members, platform: platform)
        try checkProviders(members)
        try readChecks(members)
        displayRemediationMode = try members.choice(DisplayRemediationMode.self, "displayRemediationMode") ?? .show
        gracePeriod = try members.optional(GracePeriod.self, "gracePeriod")
        guard !isEmpty else { throw EmptyPolicyError(hasChecks: !devicePostureChecks.isEmpty) }
    }

    private mutating func readVersions(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        if members.contains(PolicyMember("osVersion")) {
            let known: Set<String> =
                platform == .windows ? ["minimum"] : ["minimum", "dynamicVersionRequirement"]
            let inner = try members.nested("osVersion", allowing: known, platform: platform)
            osVersion = try OSVersionCoding.requirement(
                inner, components: platform.versionComponents, mayForbid: false)
            guard osVersion != nil else { throw inner.refusal("minimum", "is missing") }
        }
        let platform = platform
        osVersionConstraints = try members.objects(
            "osVersionConstraints", upTo: platform == .windows ? 2 : Self.maximumConstraints
        ) { try OSVersionConstraint($0, platform: platform) }
        guard !osVersionConstraints.isEmpty else { return }
        guard osVersion == nil else {
            throw members.refusal("osVersionConstraints", "cannot stand beside osVersion")
        }
        guard Set(osVersionConstraints.map(\.subject)).count == osVersionConstraints.count else {
            throw members.refusal(
                "osVersionConstraints",
                platform == .windows ? "names a major version twice" : "names a distribution twice")
        }
    }

    /// Facts that mean something only beside another condition (Okta's API says so of each).
    private func checkProviders(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        let android = thirdPartySignalProviders.first { $0.provider == .androidDeviceTrust }?.values ?? [:]
        if android["requireMajorVersionUpdate"] != nil {
            switch osVersion?.dynamic?.kind {
            case .minimum, .exact: break
            default:
                throw members.refusal(
                    "thirdPartySignalProviders",
                    "has a requireMajorVersionUpdate, which needs an osVersion.dynamicVersionRequirement of MINIMUM or EXACT"
                )
            }
        }
        if android["screenLockComplexity"] != nil, screenLockType.isEmpty {
            throw members.refusal(
                "thirdPartySignalProviders", "has a screenLockComplexity, which needs a screenLockType")
        }
    }

    private mutating func readChecks(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        guard members.contains(PolicyMember("devicePostureChecks")) else { return }
        let inner = try members.nested("devicePostureChecks", allowing: ["include"])
        devicePostureChecks = try inner.objects("include", upTo: PostureCheckCondition.maximumCount) {
            try PostureCheckCondition($0)
        }
        guard !devicePostureChecks.isEmpty else { throw inner.refusal("include", "is missing") }
        guard Set(devicePostureChecks.map(\.variableName)).count == devicePostureChecks.count else {
            throw inner.refusal("include", "names a check twice")
        }
    }
}

/// A policy without a condition, which every device would meet, or with none but the administrator's own checks.
struct EmptyPolicyError: Error {
    let hasChecks: Bool
}
