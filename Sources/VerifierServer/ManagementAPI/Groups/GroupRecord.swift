// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A group of users.
///
/// What the first versions did not have is optional, so that their records read as they are.
package struct GroupRecord: StoredRecord, Hashable {
    /// Who says who is in it.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// Administrators.
        case native
        /// This program: everybody is.
        case builtIn
    }

    package static let collection = "groups"

    /// The group's id.
    package let id: String
    /// Who says who is in it; a native group where it is absent.
    package var kind: Kind?
    /// Its name, unique in any case.
    package var name: String
    /// What it is for.
    package var description: String?
    /// When it was made, in seconds since 1970.
    package let createdAt: Int64
    /// When its profile was changed last.
    package var updatedAt: Int64
    /// When its members changed last.
    package var membersChangedAt: Int64
    /// The name that a directory has for the group, which brought it by SCIM.
    package var externalID: String?

    package var indexKeys: [IndexSlot: String] {
        var keys = [IndexSlot.unique: name.lowercased()]
        keys[.first] = externalID
        return keys
    }

    /// Whether it is everybody's, and changed by nobody.
    package var isBuiltIn: Bool { kind == .builtIn }

    /// The most groups.
    static let maximumCount = 10_000
}

/// That a user is a member of a group.
package struct GroupMembership: StoredRecord, Hashable {
    package static let collection = "group_members"

    /// The group's id and the user's.
    package let id: String
    /// The group.
    package let groupID: String
    /// The user.
    package let userID: String
    /// Since when, in seconds since 1970.
    package let since: Int64

    package var indexKeys: [IndexSlot: String] { [.first: groupID, .second: userID] }

    init(groupID: String, userID: String, since: Int64) {
        id = Self.id(groupID: groupID, userID: userID)
        self.groupID = groupID
        self.userID = userID
        self.since = since
    }

    static func id(groupID: String, userID: String) -> String { "\(groupID) \(userID)" }

    /// Takes a user out of all groups.
    static func removeAll(userID: String, in writer: any StoreWriter) throws {
        for membership in try writer.records(GroupMembership.self, where: .second, is: userID) {
            try writer.delete(GroupMembership.self, id: membership.id)
        }
    }

    /// The groups of a user: the one of everybody, then those that somebody put them into, by id.
    package static func groups(of userID: String, in reader: any StoreReader) throws -> [GroupRecord] {
        let everyone = try EveryoneGroup.find(in: reader).map { [$0] } ?? []
        return everyone
            + (try reader.records(GroupMembership.self, where: .second, is: userID).compactMap {
                try reader.record(GroupRecord.self, id: $0.groupID)
            })
    }
}
