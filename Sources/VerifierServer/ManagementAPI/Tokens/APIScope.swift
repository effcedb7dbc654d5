// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a token of the management API may do, by the names of Okta's OAuth scopes: `okta.users.read`, `okta.users.manage`.
///
/// To manage a kind of resource is to read it as well.
package struct APIScope: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The kinds of resources.
    package enum Resource: String, Hashable, Sendable, CaseIterable {
        /// Users.
        case users
        /// Groups and their members.
        case groups
        /// Enrolled devices.
        case devices
        /// Device assurance policies.
        case deviceAssurance
        /// Checks that device assurance policies name.
        case devicePostureChecks
        /// Access policies and their rules.
        case policies
        /// Network zones.
        case networkZones
        /// The log, which can only be read.
        case logs
        /// Users and groups by SCIM. Ours: a directory that brings people here needs nothing else.
        case scim

        /// What names of scopes begin with.
        var prefix: String { self == .scim ? "countersign" : "okta" }
    }

    /// The kind of resource.
    package let resource: Resource
    /// Whether it may be changed.
    package let isManage: Bool

    /// A scope.
    package init(_ resource: Resource, isManage: Bool) {
        self.resource = resource
        self.isManage = isManage
    }

    /// The scope of a name, or `nil` where there is none of this name.
    package init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let resource = Resource(rawValue: String(parts[1])), parts[0] == resource.prefix,
            parts[2] == "read" || parts[2] == "manage" && resource != .logs
        else { return nil }
        self.init(resource, isManage: parts[2] == "manage")
    }

    /// All scopes.
    package static let all = Resource.allCases.flatMap { resource in
        resource == .logs
            ? [APIScope(resource, isManage: false)]
            : [APIScope(resource, isManage: false), APIScope(resource, isManage: true)]
    }

    /// Whether a token with this scope may do what another asks for.
    package func covers(_ other: APIScope) -> Bool { resource == other.resource && (isManage || !other.isManage) }

    /// Whether OAuth access tokens can have it: not those of directories, whose programs keep a token of their own.
    package var isForAccessTokens: Bool { resource != .scim }

    /// All scopes that OAuth access tokens can have.
    package static let forAccessTokens = all.filter(\.isForAccessTokens)

    /// What is left of the scope for somebody who may do no more than others say: all, reading alone, or nothing.
    func narrowed(to others: [APIScope]) -> APIScope? {
        if others.contains(where: { $0.covers(self) }) { return self }
        let reading = APIScope(resource, isManage: false)
        return others.contains { $0.covers(reading) } ? reading : nil
    }

    package var description: String { "\(resource.prefix).\(resource.rawValue).\(isManage ? "manage" : "read")" }

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        guard let scope = APIScope(try value.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "not a scope")
        }
        self = scope
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}
