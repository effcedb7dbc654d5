// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// A group as the management API tells of it.
struct GroupResource: Sendable {
    let group: GroupRecord
    let issuer: String

    var value: ResourceValue {
        let path = "\(issuer)/api/v1/groups/\(group.id)"
        return [
            "id": .string(group.id), "created": UserResource.time(group.createdAt),
            "lastUpdated": UserResource.time(group.updatedAt),
            // Nobody writes down when somebody became one of everybody.
            "lastMembershipUpdated": group.isBuiltIn ? .null : UserResource.time(group.membersChangedAt),
            "objectClass": ["okta:user_group"], "type": .string(group.isBuiltIn ? "BUILT_IN" : "OKTA_GROUP"),
            "profile": ["name": .string(group.name), "description": group.description.map { .string($0) } ?? .null],
            "_links": ["self": ["href": .string(path)], "users": ["href": .string("\(path)/users")]],
        ]
    }
}
