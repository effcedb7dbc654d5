// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/users`.
struct UserRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/users", .users) { try await list($0) }
        gate.on(router, .post, "/users", .users) { try await create($0) }
        gate.on(router, .get, "/users/:id", .users) { call in
            let user = try await call.services.store.read { try Self.user(call, in: $0) }
            return try Self.answer(user, call)
        }
        gate.on(router, .put, "/users/:id", .users) { try await update($0, isPartial: false) }
        gate.on(router, .post, "/users/:id", .users) { try await update($0, isPartial: true) }
        gate.on(router, .delete, "/users/:id", .users) { try await delete($0) }
        gate.on(router, .get, "/users/:id/groups", scope: APIScope(.users, isManage: false)) { call in
            let groups = try await call.services.store.read { reader in
                try GroupMembership.groups(of: try Self.user(call, in: reader).id, in: reader)
            }
            let issuer = call.services.settings.issuer
            return ManagementAnswer(value: .array(groups.map { GroupResource(group: $0, issuer: issuer).value }))
        }
        UserLifecycleRoutes(gate: gate).add(to: router)
    }

    /// The user that a path names, by id or login.
    static func user(_ call: ManagementCall, named parameter: String = "id", in reader: any StoreReader) throws -> User
    {
        let text = try call.parameter(parameter)
        if let user = try reader.record(User.self, id: text), user.status != .deleted { return user }
        if let name = Username(text), let user = try UserDirectory.user(named: name, in: reader) { return user }
        throw ManagementError.notFound(text, "User")
    }

    static func answer(
        _ user: User, _ call: ManagementCall, events: [AuditEvent] = []
    ) throws -> ManagementAnswer {
        let resource = UserResource(user: user, issuer: call.services.settings.issuer)
        return try .resource(resource.value, shown: resource.shown(isExtended: call.isExtended), events: events)
    }

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        let page = try ManagementPage(call, list: "users")
        let search = try call.filter("search")
        let filter = try call.filter("filter")
        let prefix = call.query["q"]?.lowercased()
        guard call.query["sortBy"] == nil else {
            throw ManagementError.invalid("sortBy", "users are listed by id")
        }
        let issuer = call.services.settings.issuer
        let isExtended = call.isExtended
        let content = try await call.services.store.read { reader in
            try page.gather(User.self, in: reader) { user -> ManagementPage.Choice<ResourceValue> in
                guard user.status != .deleted else { return .unfit }
                // As at Okta: who was deactivated is listed only where a condition could ask for it.
                guard user.status != .deactivated || search != nil || filter != nil else { return .unfit }
                let resource = UserResource(user: user, issuer: issuer)
                guard search?.matches(resource.value) != false, filter?.matches(resource.value) != false,
                    prefix.map({ Self.begins(user, with: $0) }) != false
                else { return .unfit }
                return .shown(resource.shown(isExtended: isExtended))
            }
        }
        return ManagementAnswer(content)
    }

    private static func begins(_ user: User, with prefix: String) -> Bool {
        let names = ["firstName", "lastName", "email"].compactMap { user.profile?[$0]?.text }
        return (names + [user.username, user.displayName]).contains { $0.lowercased().hasPrefix(prefix) }
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let (bytes, value) = try await call.document()
        let profile = try UserProfile(value["profile"])
        try Self.refuseCredentials(value)
        let isActive = try call.flag("activate", default: true)
        let groups = try Self.groups(value, call)
        let now = call.now
        var user = User(
            id: try SecureRandom.identifier(prefix: "00u"), username: profile.login.text,
            displayName: profile.displayName, status: isActive ? .active : .staged, createdAt: now)
        user.profile = profile.members
        user.updatedAt = now
        user.activatedAt = isActive ? now : nil
        return try await call.change(body: bytes) { [user] writer in
            do { try writer.insert(user) } catch StoreError.alreadyExists { throw ManagementError.taken("login") }
            var events = [AuditEvent(.userCreate, outcome: .success, targets: [.user(user)])]
            for id in groups {
                guard let group = try writer.record(GroupRecord.self, id: id) else {
                    throw ManagementError.invalid("groupIds", "there is no such group")
                }
                if let event = try GroupDirectory.set(user, in: group, isMember: true, at: now, in: writer) {
                    events.append(event)
                }
            }
            return try Self.answer(user, call, events: events)
        }
    }

    /// The groups of a new user. Who may not manage groups puts nobody into one on this way either.
    private static func groups(_ value: ResourceValue, _ call: ManagementCall) throws(ManagementError) -> [String] {
        guard let member = value["groupIds"], member != .null else { return [] }
        let elements = member.elements
        guard let ids = elements?.compactMap(\.text), ids.count == elements?.count, ids.count <= 20 else {
            throw .invalid("groupIds", "must be a list of at most 20 ids of groups")
        }
        let scope = APIScope(.groups, isManage: true)
        guard ids.isEmpty || call.caller.allows(scope) else { throw .forbidden(scope) }
        return ids
    }

    /// There are no passwords here: to take one and forget it would be a lie.
    private static func refuseCredentials(_ value: ResourceValue) throws(ManagementError) {
        for name in ["password", "recovery_question"] where value["credentials"]?[name].map({ $0 != .null }) == true {
            throw .invalid("credentials.\(name)", "people sign in with their devices; there are no passwords here")
        }
    }

    private func update(_ call: ManagementCall, isPartial: Bool) async throws -> ManagementAnswer {
        let (bytes, value) = try await call.document()
        try Self.refuseCredentials(value)
        let now = call.now
        return try await call.change(body: bytes) { writer in
            var user = try Self.user(call, in: writer)
            try call.checkMatch(UserResource(user: user, issuer: call.services.settings.issuer).value)
            guard user.status != .deactivated else {
                throw ManagementError.validation("a user who was deactivated cannot be changed")
            }
            let profile =
                isPartial ? try UserProfile.merged(user, with: value["profile"]) : try UserProfile(value["profile"])
            user.username = profile.login.text
            user.profile = profile.members
            user.displayName = profile.displayName
            user.updatedAt = now
            do { try writer.save(user) } catch StoreError.alreadyExists { throw ManagementError.taken("login") }
            let event = AuditEvent(.userUpdate, outcome: .success, targets: [.user(user)])
            return try Self.answer(user, call, events: [event])
        }
    }

    /// As at Okta: the first request deactivates, the second one deletes.
    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        let now = call.now
        return try await call.change { writer in
            var user = try Self.user(call, in: writer)
            try call.checkMatch(UserResource(user: user, issuer: call.services.settings.issuer).value)
            let isGone = user.status == .deactivated
            try UserDirectory.set(&user, to: isGone ? .deleted : .deactivated, at: now, in: writer)
            return ManagementAnswer.empty.telling(
                AuditEvent(isGone ? .userDelete : .userDeactivate, outcome: .success, targets: [.user(user)]))
        }
    }
}
