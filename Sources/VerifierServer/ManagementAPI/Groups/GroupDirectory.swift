// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// What becomes of groups and their members, whoever asks for it, within a transaction.
enum GroupDirectory {
    /// Refuses a name or description that a group cannot have.
    static func check(name: String, description: String?) throws(ManagementError) {
        guard !name.isEmpty else { throw .invalid("name", "The field cannot be left blank") }
        guard name.count <= 255, TextBounds.isPlain(name, upTo: 1024) else {
            throw .invalid("name", "must have at most 255 characters and no control characters")
        }
        guard description.map({ $0.count <= 1024 && TextBounds.isPlain($0, upTo: 4096) }) != false else {
            throw .invalid("description", "must have at most 1024 characters and no control characters")
        }
    }

    /// The group of a name, in any case.
    static func group(named name: String, in reader: any StoreReader) throws -> GroupRecord? {
        try reader.records(GroupRecord.self, where: .unique, is: name.lowercased()).first
    }

    /// Makes a group, whose name and description were checked.
    ///
    /// - Throws: ``ManagementError`` where the name is taken, or there are too many groups.
    static func insert(
        name: String, description: String?, at now: Int64, in writer: any StoreWriter
    ) throws -> (group: GroupRecord, event: AuditEvent) {
        let group = GroupRecord(
            id: try SecureRandom.identifier(prefix: "00g"), name: name, description: description, createdAt: now,
            updatedAt: now, membersChangedAt: now)
        guard
            try writer.page(GroupRecord.self, RecordPage(limit: GroupRecord.maximumCount)).count
                < GroupRecord.maximumCount
        else { throw ManagementError.validation("there are \(GroupRecord.maximumCount) groups already") }
        do { try writer.insert(group) } catch StoreError.alreadyExists { throw ManagementError.taken("name") }
        return (group, AuditEvent(.groupCreate, outcome: .success, targets: [.group(group)]))
    }

    /// Deletes a group with its memberships.
    static func delete(_ group: GroupRecord, in writer: any StoreWriter) throws -> AuditEvent {
        for membership in try writer.records(GroupMembership.self, where: .first, is: group.id) {
            try writer.delete(GroupMembership.self, id: membership.id)
        }
        try writer.delete(GroupRecord.self, id: group.id)
        return AuditEvent(.groupDelete, outcome: .success, targets: [.group(group)])
    }

    /// Makes somebody a member of a group, or no member; `nil` where they are already.
    ///
    /// - Throws: ``ManagementError`` for the group of everybody, as Okta refuses either.
    static func set(
        _ user: User, in group: GroupRecord, isMember: Bool, at now: Int64, in writer: any StoreWriter
    ) throws -> AuditEvent? {
        guard !group.isBuiltIn else {
            throw isMember
                ? ManagementError.unsupported("everybody is in the group of everybody already")
                : ManagementError.readOnly("nobody leaves the group of everybody but by being deleted")
        }
        let membership = GroupMembership(groupID: group.id, userID: user.id, since: now)
        let isMemberNow = try writer.record(GroupMembership.self, id: membership.id) != nil
        if isMember == isMemberNow { return nil }
        if isMember {
            try writer.insert(membership)
        } else {
            try writer.delete(GroupMembership.self, id: membership.id)
        }
        var group = group
        group.membersChangedAt = now
        try writer.save(group)
        return AuditEvent(
            isMember ? .groupMemberAdd : .groupMemberRemove, outcome: .success,
            targets: [.user(user), .group(group)])
    }
}

extension AuditEvent.Entity {
    /// A group.
    static func group(_ group: GroupRecord) -> AuditEvent.Entity {
        AuditEvent.Entity(id: group.id, type: "UserGroup", displayName: group.name)
    }
}
