// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// A user as the management API tells of them.
struct UserResource: Sendable {
    let user: User
    let issuer: String

    /// All that is known.
    var value: ResourceValue {
        [
            "id": .string(user.id), "status": .string(Self.status(user.status)), "created": Self.time(user.createdAt),
            "activated": user.activatedAt.map(Self.time)
                ?? (user.status == .staged ? .null : Self.time(user.createdAt)),
            "statusChanged": user.statusChangedAt.map(Self.time) ?? .null, "lastLogin": .null,
            "lastUpdated": Self.time(user.updatedAt ?? user.createdAt), "passwordChanged": .null,
            "type": ["id": .string(Self.type)], "profile": .object(profile),
            "_links": ["self": ["href": .string("\(issuer)/api/v1/users/\(user.id)")]],
        ]
    }

    /// What is shown: a login of less than five characters, which Okta's models refuse, to those alone who ask for extensions.
    func shown(isExtended: Bool) -> ResourceValue {
        guard !isExtended, user.username.utf8.count < 5, var members = value.members else { return value }
        var profile = profile
        profile["login"] = nil
        members["profile"] = .object(profile)
        return .object(members)
    }

    /// The members of the profile, the login and a display name always.
    var profile: [String: ResourceValue] {
        var profile = user.profile ?? [:]
        profile["login"] = .string(user.username)
        if profile["displayName"] == nil { profile["displayName"] = .string(user.displayName) }
        return profile
    }

    /// The id of the type that all users have.
    static let type = "otyDefault"

    static func status(_ status: User.Status) -> String {
        switch status {
        case .active: "ACTIVE"
        case .staged: "STAGED"
        case .suspended: "SUSPENDED"
        case .deactivated: "DEPROVISIONED"
        case .deleted: "DELETED"
        }
    }

    static func time(_ seconds: Int64) -> ResourceValue { .string(Instant(seconds: seconds).text) }
}
