// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/groups`.
struct GroupRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/groups", .groups) { try await list($0) }
        gate.on(router, .post, "/groups", .groups) { try await create($0) }
        gate.on(router, .get, "/groups/:id", .groups) { call in
            let group = try await call.services.store.read { try Self.group(call, in: $0) }
            return try Self.answer(group, call)
        }
        gate.on(router, .put, "/groups/:id", .groups) { try await replace($0) }
        gate.on(router, .delete, "/groups/:id", .groups) { try await delete($0) }
        gate.on(router, .get, "/groups/:id/users", .groups) { try await members($0) }
        gate.on(router, .put, "/groups/:id/users/:user", .groups) { try await changeMember($0, isMember: true) }
        gate.on(router, .delete, "/groups/:id/users/:user", .groups) { try await changeMember($0, isMember: false) }
    }

    private static func group(_ call: ManagementCall, in reader: any StoreReader) throws -> GroupRecord {
        let id = try call.parameter()
        guard let group = try reader.record(GroupRecord.self, id: id) else {
            throw ManagementError.notFound(id, "UserGroup")
        }
        return group
    }

    private static func value(_ group: GroupRecord, _ call: ManagementCall) -> ResourceValue {
        GroupResource(group: group, issuer: call.services.settings.issuer).value
    }

    private static func answer(
        _ group: GroupRecord, _ call: ManagementCall, events: [AuditEvent] = []
    ) throws -> ManagementAnswer { try .resource(value(group, call), events: events) }

    private static func target(_ group: GroupRecord) -> AuditEvent.Entity {
        AuditEvent.Entity(id: group.id, type: "UserGroup", displayName: group.name)
    }

    /// The name and description of a request.
    private static func profile(_ value: ResourceValue) throws(ManagementError) -> (name: String, description: String?)
    {
        guard let name = value["profile"]?["name"]?.text, !name.isEmpty else {
            throw .invalid("name", "The field cannot be left blank")
        }
        guard name.count <= 255, TextBounds.isPlain(name, upTo: 1024) else {
            throw .invalid("name", "must have at most 255 characters and no control characters")
        }
        let description = value["profile"]?["description"]?.text
        guard description.map({ $0.count <= 1024 && TextBounds.isPlain($0, upTo: 4096) }) != false else {
            throw .invalid("description", "must have at most 1024 characters and no control characters")
        }
        return (name, description)
    }

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        let page = try ManagementPage(call, list: "groups")
        let search = try call.filter("search")
        let filter = try call.filter("filter")
        let prefix = call.query["q"]?.lowercased()
        let content = try await call.services.store.read { reader in
            try page.gather(GroupRecord.self, in: reader) { group -> ManagementPage.Choice<ResourceValue> in
                let value = Self.value(group, call)
                guard search?.matches(value) != false, filter?.matches(value) != false,
                    prefix.map({ group.name.lowercased().hasPrefix($0) }) != false
                else { return .unfit }
                return .shown(value)
            }
        }
        return ManagementAnswer(content)
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let (bytes, value) = try await call.document()
        let profile = try Self.profile(value)
        let now = call.now
        let group = GroupRecord(
            id: try SecureRandom.identifier(prefix: "00g"), name: profile.name, description: profile.description,
            createdAt: now, updatedAt: now, membersChangedAt: now)
        return try await call.change(body: bytes) { writer in
            guard
                try writer.page(GroupRecord.self, RecordPage(limit: GroupRecord.maximumCount)).count
                    < GroupRecord.maximumCount
            else { throw ManagementError.validation("there are \(GroupRecord.maximumCount) groups already") }
            do { try writer.insert(group) } catch StoreError.alreadyExists { throw ManagementError.taken("name") }
            let event = AuditEvent(.groupCreate, outcome: .success, targets: [Self.target(group)])
            return try Self.answer(group, call, events: [event])
        }
    }

    private func replace(_ call: ManagementCall) async throws -> ManagementAnswer {
        let (bytes, value) = try await call.document()
        let profile = try Self.profile(value)
        let now = call.now
        return try await call.change(body: bytes) { writer in
            var group = try Self.group(call, in: writer)
            try call.checkMatch(Self.value(group, call))
            group.name = profile.name
            group.description = profile.description
            group.updatedAt = now
            do { try writer.save(group) } catch StoreError.alreadyExists { throw ManagementError.taken("name") }
            let event = AuditEvent(.groupUpdate, outcome: .success, targets: [Self.target(group)])
            return try Self.answer(group, call, events: [event])
        }
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        try await call.change { writer in
            let group = try Self.group(call, in: writer)
            try call.checkMatch(Self.value(group, call))
            for membership in try writer.records(GroupMembership.self, where: .first, is: group.id) {
                try writer.delete(GroupMembership.self, id: membership.id)
            }
            try writer.delete(GroupRecord.self, id: group.id)
            return ManagementAnswer.empty.telling(
                AuditEvent(.groupDelete, outcome: .success, targets: [Self.target(group)]))
        }
    }

    private func members(_ call: ManagementCall) async throws -> ManagementAnswer {
        let issuer = call.services.settings.issuer
        let isExtended = call.isExtended
        let content = try await call.services.store.read { reader in
            let group = try Self.group(call, in: reader)
            let page = try ManagementPage(call, list: "members-\(group.id)")
            return try page.gather(
                GroupMembership.self, where: RecordPage.Key(.first, is: group.id), in: reader
            ) { membership -> ManagementPage.Choice<ResourceValue> in
                guard let user = try reader.record(User.self, id: membership.userID) else { return .unfit }
                return .shown(UserResource(user: user, issuer: issuer).shown(isExtended: isExtended))
            }
        }
        return ManagementAnswer(content)
    }

    private func changeMember(_ call: ManagementCall, isMember: Bool) async throws -> ManagementAnswer {
        let now = call.now
        return try await call.change { writer in
            let group = try Self.group(call, in: writer)
            let user = try UserRoutes.user(call, named: "user", in: writer)
            return .empty.telling(try Self.set(user, in: group, isMember: isMember, at: now, in: writer))
        }
    }

    /// Makes somebody a member of a group, or no member; `nil` where they are already.
    static func set(
        _ user: User, in group: GroupRecord, isMember: Bool, at now: Int64, in writer: any StoreWriter
    ) throws -> AuditEvent? {
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
            targets: [.user(user), target(group)])
    }
}
