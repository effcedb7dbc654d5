// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/scim/v2/Users`.
struct SCIMUserRoutes: Sendable {
    let gate: ManagementGate

    private static let type = SCIMTypes.user
    private var base: String { gate.services.settings.issuer + gate.form.base }

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/Users", .scim) { try await list($0) }
        gate.on(router, .post, "/Users", .scim) { try await create($0) }
        gate.on(router, .get, "/Users/:id", .scim) { call in
            let projection = SCIMProjection(call, Self.type)
            let resource = try await call.services.store.read { try user(call, in: $0) }
            return try answer(resource, projection)
        }
        gate.on(router, .put, "/Users/:id", .scim) { call in
            let (bytes, body) = try await call.document()
            let new = try SCIMTypes.normalized(body, Self.type)
            return try await change(call, bytes, speaksOfActive: true) { _ in new }
        }
        gate.on(router, .patch, "/Users/:id", .scim) { call in
            let (bytes, body) = try await call.document()
            let patch = try SCIMTypes.patch(body, Self.type)
            return try await change(call, bytes, speaksOfActive: patch.isAbout("active")) {
                (former) throws(ManagementError) in
                let new: ResourceValue
                do throws(SCIMError) { new = try patch.applied(to: former) } catch { throw ManagementError(error) }
                // A user may sign in or may not: to take the answer away would leave nobody knowing.
                guard new["active"] != nil else {
                    throw ManagementError(SCIMError(.invalidValue, "active: is true or false, and not removed"))
                }
                return new
            }
        }
        gate.on(router, .delete, "/Users/:id", .scim) { try await delete($0) }
    }

    private func user(_ call: ManagementCall, in reader: any StoreReader) throws -> SCIMUser {
        let id = try call.parameter()
        guard let user = try reader.record(User.self, id: id), user.status != .deleted else {
            throw ManagementError.notFound(id, "User")
        }
        return try SCIMUser(user, base: base, in: reader)
    }

    private func answer(
        _ resource: SCIMUser, _ projection: SCIMProjection, status: Int = 200, events: [AuditEvent] = []
    ) throws -> ManagementAnswer {
        try projection.answer(resource.value, at: resource.location, status: status, events: events)
    }

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        let page = try SCIMPage(call)
        let projection = SCIMProjection(call, Self.type)
        let filter = try call.query["filter"].map { try SCIMTypes.filter($0, Self.type) }
        let base = base
        return try await call.services.store.read { reader in
            var shown: [ResourceValue] = []
            var total = 0
            try Self.each(filter, in: reader) { user in
                let isShown = page.has(total + 1)
                guard filter != nil || isShown else {
                    total += 1
                    return
                }
                let value = try SCIMUser(user, base: base, in: reader).value
                guard filter?.matches(value) != false else { return }
                if isShown { shown.append(try projection.shown(value)) }
                total += 1
            }
            return ManagementAnswer(
                value: SCIMPage.list(shown, total: total, startIndex: page.startIndex))
        }
    }

    /// The users that a filter may fit: where it asks for one name, those who have it alone.
    private static func each(
        _ filter: FilterExpression?, in reader: any StoreReader, _ body: (User) throws -> Void
    ) throws {
        if let name = filter?.required(["userName"]) {
            let found = try Username(name).flatMap { try UserDirectory.user(named: $0, in: reader) }
            return try found.map(body) ?? ()
        }
        if let name = filter?.required(["externalId"]) {
            return try reader.records(User.self, where: .first, is: name).forEach(body)
        }
        try SCIMTypes.eachRecord(User.self, in: reader) { user in
            if user.status != .deleted { try body(user) }
        }
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let (bytes, body) = try await call.document()
        let projection = SCIMProjection(call, Self.type)
        let wanted = try SCIMUser.wanted(try SCIMTypes.normalized(body, Self.type), of: nil)
        let now = call.now
        let base = base
        var user = User(
            id: try SecureRandom.identifier(prefix: "00u"), username: wanted.profile.login.text,
            displayName: wanted.profile.displayName, status: wanted.isActive == false ? .staged : .active,
            createdAt: now)
        wanted.put(into: &user)
        user.updatedAt = now
        user.activatedAt = user.status == .active ? now : nil
        return try await call.change(body: bytes) { [user] writer in
            do { try writer.insert(user) } catch StoreError.alreadyExists {
                throw ManagementError.notUnique("userName")
            }
            return try answer(
                try SCIMUser(user, base: base, in: writer), projection, status: 201,
                events: [AuditEvent(.userCreate, outcome: .success, targets: [.user(user)])])
        }
    }

    /// Changes a user; where that deactivates them, their sessions and tokens end in the same transaction.
    ///
    /// - Parameter speaksOfActive: whether the request says who may sign in. What it does not speak of is as it was: who is suspended is
    ///   not active, and yet not to be deactivated by another name.
    private func change(
        _ call: ManagementCall, _ bytes: [UInt8], speaksOfActive: Bool,
        _ body: @escaping @Sendable (ResourceValue) throws(ManagementError) -> ResourceValue
    ) async throws -> ManagementAnswer {
        let projection = SCIMProjection(call, Self.type)
        let now = call.now
        let base = base
        return try await call.change(body: bytes) { writer in
            let resource = try self.user(call, in: writer)
            try call.checkMatch(resource.value)
            let former = resource.user
            let new = try body(resource.changeable)
            let wanted = try SCIMUser.wanted(new, of: former)
            var user = former
            wanted.put(into: &user)
            var events: [AuditEvent] = []
            if user != former, new != resource.changeable {
                user.updatedAt = now
                do { try writer.save(user) } catch StoreError.alreadyExists {
                    throw ManagementError.notUnique("userName")
                }
                events.append(AuditEvent(.userUpdate, outcome: .success, targets: [.user(user)]))
            } else {
                user = former
            }
            let status = SCIMUser.status(speaksOfActive ? wanted.isActive : nil, of: user.status)
            if status != user.status {
                try UserDirectory.set(&user, to: status, at: now, in: writer)
                let type: AuditEventType = status == .active ? .userActivate : .userDeactivate
                events.append(AuditEvent(type, outcome: .success, targets: [.user(user)]))
            }
            return try answer(try SCIMUser(user, base: base, in: writer), projection, events: events)
        }
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        let now = call.now
        return try await call.change { writer in
            let resource = try self.user(call, in: writer)
            try call.checkMatch(resource.value)
            var user = resource.user
            try UserDirectory.set(&user, to: .deleted, at: now, in: writer)
            return .empty.telling(AuditEvent(.userDelete, outcome: .success, targets: [.user(user)]))
        }
    }
}

extension SCIMTypes {
    /// A body as it is kept.
    static func normalized(_ body: ResourceValue, _ type: SCIMResourceType) throws(ManagementError)
        -> ResourceValue
    {
        do throws(SCIMError) { return try type.normalized(body) } catch { throw ManagementError(error) }
    }

    /// Changes that a body asks for.
    static func patch(_ body: ResourceValue, _ type: SCIMResourceType) throws(ManagementError)
        -> SCIMPatch
    {
        do throws(SCIMError) { return try SCIMPatch(body, of: type) } catch {
            throw ManagementError(error)
        }
    }

    /// The filter of a list.
    static func filter(_ text: String, _ type: SCIMResourceType) throws(ManagementError)
        -> FilterExpression
    {
        do throws(SCIMError) { return try FilterExpression(text, of: type) } catch {
            throw ManagementError(error)
        }
    }

    /// Goes through a collection in steps, so that it need not be in memory as a whole.
    static func eachRecord<Record: StoredRecord>(
        _ type: Record.Type, in reader: any StoreReader, _ body: (Record) throws -> Void
    ) throws {
        let step = 500
        var last: String?
        while true {
            let records = try reader.page(type, RecordPage(after: last, limit: step))
            try records.forEach(body)
            guard records.count == step else { return }
            last = records.last?.id
        }
    }
}
