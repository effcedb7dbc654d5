// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ExpressionLanguage
internal import ManagementQueries

extension AccessRequest.User {
    /// A person as policies see them, at a sign-in and in a simulation alike: what the management API tells of them.
    ///
    /// - Parameter groups: their groups, all of them; none where there is no directory of groups.
    init(_ user: VerifierServer.User, groups: [GroupRecord] = []) {
        self.init(id: user.id, groups: groups.map(AccessRequest.Group.init))
        let resource = UserResource(user: user, issuer: "")
        profile = resource.profile.mapValues(ExpressionValue.init)
        attributes["status"] = .string(UserResource.status(user.status))
        attributes["created"] = .time(ExpressionTime(seconds: user.createdAt))
        attributes["lastUpdated"] = .time(ExpressionTime(seconds: user.updatedAt ?? user.createdAt))
        type = UserResource.type
    }
}

extension AccessRequest.Group {
    /// A group, as policies ask for it.
    init(_ group: GroupRecord) {
        self.init(id: group.id, name: group.name, type: group.isBuiltIn ? .builtIn : .native)
    }
}

extension ExpressionValue {
    /// The value of an expression that a value of JSON stands for.
    init(_ value: ResourceValue) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = Int32(exactly: number).map { .integer($0) } ?? .long(number)
        case .decimal(let number): self = .decimal(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map(ExpressionValue.init))
        case .object(let members): self = .map(ExpressionMap(members.map { ($0.key, ExpressionValue($0.value)) }))
        }
    }
}
