// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension ReleaseFeed: Codable {
    /// The most bytes of a feed: what a compact JWS of 64 KiB can carry.
    public static let maximumBytes = 48 * 1024
    private static let maximumSystems = 256
    private static let maximumReleases = 256

    /// Reads the feed that a JSON document holds; nothing is proven of who wrote it.
    ///
    /// - Parameters:
    ///   - bytes: the document.
    ///   - name: its name, for the error.
    /// - Throws: ``AssurancePolicyError`` naming the member that is not understood.
    public static func decode(_ bytes: [UInt8], name: String) throws(AssurancePolicyError) -> ReleaseFeed {
        try StrictJSON.decode(ReleaseFeed.self, bytes, upTo: maximumBytes, name: name)
    }

    /// Reads a feed and refuses every member and value that is not understood.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(["issuedAt", "expiresAt", "operatingSystems"])
        guard let issued = try members.time("issuedAt") else { throw members.refusal("issuedAt", "is missing") }
        let expires = try members.time("expiresAt")
        if let expires, expires <= issued { throw members.refusal("expiresAt", "is not after issuedAt") }
        let systems = try members.objects("operatingSystems", upTo: Self.maximumSystems) {
            try OperatingSystem($0, releases: Self.maximumReleases)
        }
        guard !systems.isEmpty else { throw members.refusal("operatingSystems", "is missing") }
        guard Set(systems.map { "\($0.platform.rawValue) \($0.distribution ?? "")" }).count == systems.count else {
            throw members.refusal("operatingSystems", "names an operating system twice")
        }
        self.init(issuedAt: issued, expiresAt: expires, operatingSystems: systems)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        try members.encode(Timestamp(seconds: issuedAt).text, forKey: PolicyMember("issuedAt"))
        try members.encodeIfPresent(
            expiresAt.map { Timestamp(seconds: $0).text }, forKey: PolicyMember("expiresAt"))
        var systems = members.nestedUnkeyedContainer(forKey: PolicyMember("operatingSystems"))
        for system in operatingSystems {
            var element = systems.nestedContainer(keyedBy: PolicyMember.self)
            try system.encode(into: &element)
        }
    }
}

extension KeyedDecodingContainer<PolicyMember> {
    /// A time of RFC 3339, in seconds since 1970.
    fileprivate func time(_ name: String) throws -> Int64? {
        guard let text = try optional(String.self, name) else { return nil }
        guard let time = Timestamp(text) else { throw refusal(name, "is not a time such as 2026-09-05T00:00:00Z") }
        return time.seconds
    }
}

extension ReleaseFeed.OperatingSystem {
    fileprivate init(_ members: KeyedDecodingContainer<PolicyMember>, releases limit: Int) throws {
        try members.allow(["platform", "distribution", "name", "majorComponents", "isRolling", "releases"])
        guard let platform = try members.choice(DevicePlatform.self, "platform") else {
            throw members.refusal("platform", "is missing")
        }
        let distribution = try members.optional(String.self, "distribution")
        guard (distribution != nil) == (platform == .linux) else {
            throw members.refusal("distribution", "stands there for LINUX, and for no other platform")
        }
        if let distribution, !distribution.isDistributionID {
            throw members.refusal("distribution", "is not an ID of os-release, such as debian or ubuntu")
        }
        let rolling = try members.optional(Bool.self, "isRolling") ?? false
        let components = try members.optional(Int.self, "majorComponents") ?? (platform == .windows ? 3 : 1)
        guard (1...4).contains(components) else { throw members.refusal("majorComponents", "must be 1 to 4") }
        self.init(
            platform: platform, distribution: distribution,
            name: try members.title("name") ?? distribution ?? platform.title, majorComponents: components,
            isRolling: rolling,
            releases: try members.objects("releases", upTo: limit) { try ReleaseFeed.Release($0) })
        guard rolling == releases.isEmpty else {
            throw members.refusal("releases", "stand there where isRolling is not true, and only there")
        }
    }

    fileprivate func encode(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        try members.encode(platform, forKey: PolicyMember("platform"))
        try members.encodeIfPresent(distribution, forKey: PolicyMember("distribution"))
        try members.encode(name, forKey: PolicyMember("name"))
        try members.encode(majorComponents, forKey: PolicyMember("majorComponents"))
        guard !isRolling else { return try members.encode(true, forKey: PolicyMember("isRolling")) }
        var elements = members.nestedUnkeyedContainer(forKey: PolicyMember("releases"))
        for release in releases {
            var element = elements.nestedContainer(keyedBy: PolicyMember.self)
            try release.encode(into: &element)
        }
    }
}

extension ReleaseFeed.Release {
    fileprivate init(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        // The dates are for those who keep the feed; nothing is judged by them.
        try members.allow([
            "osVersion", "displayName", "isLatest", "createdDate", "lastUpdate", "distanceFromLatestMajor",
            "supportedMajor", "supportEnd",
        ])
        guard let version = try members.version("osVersion", components: 8) else {
            throw members.refusal("osVersion", "is missing")
        }
        let distance = try members.required(Int.self, "distanceFromLatestMajor")
        guard (0...1000).contains(distance) else {
            throw members.refusal("distanceFromLatestMajor", "must be 0 to 1000")
        }
        var end: CalendarDay?
        if let text = try members.optional(String.self, "supportEnd") {
            end = CalendarDay(text)
            guard end != nil else { throw members.refusal("supportEnd", "is not a day such as 2028-08-09") }
        }
        self.init(
            osVersion: version, displayName: try members.title("displayName") ?? version.description,
            isLatest: try members.required(Bool.self, "isLatest"), distanceFromLatestMajor: distance,
            supportedMajor: try members.required(Bool.self, "supportedMajor"), supportEnd: end)
    }

    fileprivate func encode(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        try members.encode(osVersion.description, forKey: PolicyMember("osVersion"))
        try members.encode(displayName, forKey: PolicyMember("displayName"))
        try members.encode(isLatest, forKey: PolicyMember("isLatest"))
        try members.encode(distanceFromLatestMajor, forKey: PolicyMember("distanceFromLatestMajor"))
        try members.encode(supportedMajor, forKey: PolicyMember("supportedMajor"))
        try members.encodeIfPresent(supportEnd?.text, forKey: PolicyMember("supportEnd"))
    }
}
