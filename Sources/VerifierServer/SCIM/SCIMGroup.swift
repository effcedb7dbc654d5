// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// A group as SCIM tells of it.
struct SCIMGroup: Sendable {
    let group: GroupRecord
    let base: String

    init(_ group: GroupRecord, base: String) {
        self.group = group
        self.base = base
    }

    /// Where the group is.
    var location: String { "\(base)/Groups/\(group.id)" }

    /// What a directory may change, as ``SCIMResourceType/normalized(_:)`` has it.
    func changeable(in reader: any StoreReader) throws -> ResourceValue {
        var value: [String: ResourceValue] = ["displayName": .string(group.name)]
        value["externalId"] = group.externalID.map { .string($0) }
        let members = try reader.records(GroupMembership.self, where: .first, is: group.id)
        if !members.isEmpty { value["members"] = .array(members.map { ["value": .string($0.userID)] }) }
        return .object(value)
    }

    /// All that is told, but for the version.
    ///
    /// - Parameter hasMembers: whether the members are told; a version that is told without them is another one.
    func value(in reader: any StoreReader, hasMembers: Bool = true) throws -> ResourceValue {
        var value: [String: ResourceValue] = [
            "schemas": [.string(SCIMTypes.group.schema.id)], "id": .string(group.id),
            "displayName": .string(group.name),
            "meta": [
                "resourceType": "Group", "created": UserResource.time(group.createdAt),
                "lastModified": UserResource.time(max(group.updatedAt, group.membersChangedAt)),
                "location": .string(location),
            ],
        ]
        value["externalId"] = group.externalID.map { .string($0) }
        if hasMembers {
            let members = try reader.records(GroupMembership.self, where: .first, is: group.id).compactMap {
                try reader.record(User.self, id: $0.userID)
            }
            if !members.isEmpty { value["members"] = .array(members.map(member)) }
        }
        return .object(value)
    }

    private func member(_ user: User) -> ResourceValue {
        [
            "value": .string(user.id), "$ref": .string("\(base)/Users/\(user.id)"), "type": "User",
        ]
    }

    /// What a resource says of a group, checked.
    struct Wanted: Sendable {
        var name: String
        var externalID: String?
        var members: Set<String>
    }

    /// Reads a resource of ``SCIMResourceType/normalized(_:)``.
    ///
    /// - Throws: ``ManagementError`` where a value is not acceptable.
    static func wanted(_ value: ResourceValue) throws(ManagementError) -> Wanted {
        let name = value["displayName"]?.text ?? ""
        try GroupDirectory.check(name: name, description: nil)
        let externalID = value["externalId"]?.text
        guard externalID.map({ !$0.isEmpty && TextBounds.isPlain($0, upTo: 256) }) != false else {
            throw .invalid("externalId", "must have 1 to 256 bytes and no control characters")
        }
        var members: Set<String> = []
        for member in value["members"]?.elements ?? [] {
            guard let id = member["value"]?.text, (member["type"]?.text ?? "User").lowercased() == "user"
            else {
                throw .invalid(
                    "members", "each must have the id of a user as its value; groups are not in groups here")
            }
            members.insert(id)
        }
        return Wanted(name: name, externalID: externalID, members: members)
    }

    /// Puts people into a group and takes others out of it.
    ///
    /// - Throws: ``ManagementError`` where somebody who is to be put into it does not exist.
    static func setMembers(
        of group: GroupRecord, to wanted: Set<String>, at now: Int64, in writer: any StoreWriter
    ) throws -> [AuditEvent] {
        let current = Set(
            try writer.records(GroupMembership.self, where: .first, is: group.id).map(\.userID))
        var events: [AuditEvent] = []
        for id in current.subtracting(wanted).sorted() {
            guard let user = try writer.record(User.self, id: id) else { continue }
            events +=
                try GroupDirectory.set(user, in: group, isMember: false, at: now, in: writer).map { [$0] }
                ?? []
        }
        for id in wanted.subtracting(current).sorted() {
            guard let user = try writer.record(User.self, id: id), user.status != .deleted else {
                throw ManagementError.invalid(
                    "members", "there is no user \(TextBounds.isIdentifier(id, upTo: 64) ? id : "?")")
            }
            events +=
                try GroupDirectory.set(user, in: group, isMember: true, at: now, in: writer).map { [$0] }
                ?? []
        }
        return events
    }
}
