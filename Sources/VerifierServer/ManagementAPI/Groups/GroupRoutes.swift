// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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

    /// A group that can be changed.
    private static func native(_ call: ManagementCall, in reader: any StoreReader) throws -> GroupRecord {
        let group = try group(call, in: reader)
        guard !group.isBuiltIn else {
            throw ManagementError.readOnly("the group of everybody is the system's own")
        }
        return group
    }

    private static func value(_ group: GroupRecord, _ call: ManagementCall) -> ResourceValue {
        GroupResource(group: group, issuer: call.services.settings.issuer).value
    }

    private static func answer(
        _ group: GroupRecord, _ call: ManagementCall, events: [AuditEvent] = []
    ) throws -> ManagementAnswer { try .resource(value(group, call), events: events) }

    /// The name and description of a request.
    private static func profile(_ value: ResourceValue) throws(ManagementError) -> (name: String, description: String?)
    {
        let name = value["profile"]?["name"]?.text ?? ""
        let description = value["profile"]?["description"]?.text
        try GroupDirectory.check(name: name, description: description)
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
        return try await call.change(body: bytes) { writer in
            let (group, event) = try GroupDirectory.insert(
                name: profile.name, description: profile.description, at: now, in: writer)
            return try Self.answer(group, call, events: [event])
        }
    }

    private func replace(_ call: ManagementCall) async throws -> ManagementAnswer {
        let (bytes, value) = try await call.document()
        let profile = try Self.profile(value)
        let now = call.now
        return try await call.change(body: bytes) { writer in
            var group = try Self.native(call, in: writer)
            try call.checkMatch(Self.value(group, call))
            group.name = profile.name
            group.description = profile.description
            group.updatedAt = now
            do { try writer.save(group) } catch StoreError.alreadyExists { throw ManagementError.taken("name") }
            let event = AuditEvent(.groupUpdate, outcome: .success, targets: [.group(group)])
            return try Self.answer(group, call, events: [event])
        }
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        try await call.change { writer in
            let group = try Self.native(call, in: writer)
            try call.checkMatch(Self.value(group, call))
            return ManagementAnswer.empty.telling(try GroupDirectory.delete(group, in: writer))
        }
    }

    private func members(_ call: ManagementCall) async throws -> ManagementAnswer {
        let issuer = call.services.settings.issuer
        let isExtended = call.isExtended
        let content = try await call.services.store.read { reader in
            let group = try Self.group(call, in: reader)
            let page = try ManagementPage(call, list: "members-\(group.id)")
            if group.isBuiltIn {
                return try page.gather(User.self, in: reader) { user -> ManagementPage.Choice<ResourceValue> in
                    guard user.status != .deleted else { return .unfit }
                    return .shown(UserResource(user: user, issuer: issuer).shown(isExtended: isExtended))
                }
            }
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
            return .empty.telling(try GroupDirectory.set(user, in: group, isMember: isMember, at: now, in: writer))
        }
    }
}
