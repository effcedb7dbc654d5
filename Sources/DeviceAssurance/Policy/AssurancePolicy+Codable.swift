// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension AssurancePolicy: Codable {
    /// Members that Okta's API writes and nobody sets; accepted and ignored.
    private static let readOnlyMembers = ["createdBy", "createdDate", "lastUpdate", "lastUpdatedBy", "_links"]

    /// Reads a policy and refuses every member and value that is not understood.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(
            Set(
                [
                    "id", "name", "platform", "osVersion", "osVersionConstraints", "diskEncryptionType",
                    "screenLockType",
                    "secureHardwarePresent", "displayRemediationMode", "gracePeriod",
                ] + Self.readOnlyMembers))
        let name = try members.required(String.self, "name")
        guard (1...255).contains(name.count) else { throw members.refusal("name", "must have 1 to 255 characters") }
        let id = try members.optional(String.self, "id") ?? name
        guard (1...255).contains(id.count) else { throw members.refusal("id", "must have 1 to 255 characters") }
        self.init(id: id, name: name)
        guard try members.choice(Platform.self, "platform") != nil else {
            throw members.refusal("platform", "is missing; it must be LINUX")
        }
        try readVersions(members)
        diskEncryptionType = try members.inclusion(
            "diskEncryptionType", among: [DiskEncryptionType.allInternalVolumes, .systemVolume, .user])
        screenLockType = try members.inclusion("screenLockType", among: ScreenLockType.allCases)
        if let isRequired = try members.optional(Bool.self, "secureHardwarePresent") {
            guard isRequired else {
                throw members.refusal(
                    "secureHardwarePresent", "can only be true; leave it out where it is not asked for")
            }
            requiresSecureHardware = true
        }
        displayRemediationMode = try members.choice(DisplayRemediationMode.self, "displayRemediationMode") ?? .show
        gracePeriod = try members.optional(GracePeriod.self, "gracePeriod")
        guard !isEmpty else { throw EmptyPolicyError() }
    }

    private mutating func readVersions(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        if members.contains(PolicyMember("osVersion")) {
            let inner = try members.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember("osVersion"))
            try inner.allow(["minimum"])
            minimumOSVersion = try inner.version("minimum")
            guard minimumOSVersion != nil else { throw inner.refusal("minimum", "is missing") }
        }
        guard let constraints = try members.optional([OSVersionConstraint].self, "osVersionConstraints") else { return }
        guard minimumOSVersion == nil else {
            throw members.refusal("osVersionConstraints", "cannot stand beside osVersion")
        }
        guard (1...64).contains(constraints.count) else {
            throw members.refusal("osVersionConstraints", "must have 1 to 64 elements")
        }
        guard Set(constraints.map(\.distribution)).count == constraints.count else {
            throw members.refusal("osVersionConstraints", "names a distribution twice")
        }
        osVersionConstraints = constraints
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        try members.encode(id, forKey: PolicyMember("id"))
        try members.encode(name, forKey: PolicyMember("name"))
        try members.encode(platform, forKey: PolicyMember("platform"))
        if let minimumOSVersion {
            try members.encode(["minimum": minimumOSVersion.description], forKey: PolicyMember("osVersion"))
        }
        if !osVersionConstraints.isEmpty {
            try members.encode(osVersionConstraints, forKey: PolicyMember("osVersionConstraints"))
        }
        if !diskEncryptionType.isEmpty {
            try members.encode(["include": diskEncryptionType], forKey: PolicyMember("diskEncryptionType"))
        }
        if !screenLockType.isEmpty {
            try members.encode(["include": screenLockType], forKey: PolicyMember("screenLockType"))
        }
        if requiresSecureHardware { try members.encode(true, forKey: PolicyMember("secureHardwarePresent")) }
        try members.encode(displayRemediationMode, forKey: PolicyMember("displayRemediationMode"))
        try members.encodeIfPresent(gracePeriod, forKey: PolicyMember("gracePeriod"))
    }
}

/// A policy without a condition, which every device would meet.
struct EmptyPolicyError: Error {}

// MARK: - Parts

extension OSVersionConstraint: Codable {
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(["distribution", "minimum"])
        let distribution = try members.required(String.self, "distribution")
        let isIdentifier =
            (1...64).contains(distribution.utf8.count)
            && distribution.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0)
            }
        guard isIdentifier else {
            throw members.refusal("distribution", "is not an ID of os-release, such as debian or ubuntu")
        }
        self.init(distribution: distribution, minimum: try members.version("minimum"))
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        try members.encode(distribution, forKey: PolicyMember("distribution"))
        try members.encodeIfPresent(minimum?.description, forKey: PolicyMember("minimum"))
    }
}

extension GracePeriod: Codable {
    private enum Kind: String, CaseIterable, Codable {
        case byDateTime = "BY_DATE_TIME"
        case byDuration = "BY_DURATION"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(["type", "expiry"])
        let text = try members.required(String.self, "expiry")
        switch try members.choice(Kind.self, "type") {
        case .byDateTime:
            guard let time = Timestamp(text) else {
                throw members.refusal("expiry", "is not a time such as 2026-09-05T00:00:00Z")
            }
            self = .byDateTime(time)
        case .byDuration:
            guard let duration = ISO8601Duration(text) else {
                throw members.refusal("expiry", "is not a duration such as P7D, of at most 100 years")
            }
            self = .byDuration(duration)
        case nil: throw members.refusal("type", "is missing")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        switch self {
        case .byDateTime(let time):
            try members.encode(Kind.byDateTime, forKey: PolicyMember("type"))
            try members.encode(time.text, forKey: PolicyMember("expiry"))
        case .byDuration(let duration):
            try members.encode(Kind.byDuration, forKey: PolicyMember("type"))
            try members.encode(duration.text, forKey: PolicyMember("expiry"))
        }
    }
}
