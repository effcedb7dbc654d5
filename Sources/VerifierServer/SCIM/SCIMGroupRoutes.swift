// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/scim/v2/Groups`. The group of everybody is not told of here: no directory decides who is in it.
struct SCIMGroupRoutes: Sendable {
    let gate: ManagementGate

    private static let type = SCIMTypes.group
    private var base: String { gate.services.settings.issuer + gate.form.base }

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/Groups", .scim) { try await list($0) }
        gate.on(router, .post, "/Groups", .scim) { try await create($0) }
        gate.on(router, .get, "/Groups/:id", .scim) { call in
            let projection = SCIMProjection(call, Self.type)
            return try await call.services.store.read { reader in
                let group = try Self.group(call, in: reader)
                let value = try SCIMGroup(group, base: base).value(
                    in: reader, hasMembers: projection.tells("members"))
                return try projection.answer(value, at: "", status: 200, events: [])
            }
        }
        gate.on(router, .put, "/Groups/:id", .scim) { call in
            let (bytes, body) = try await call.document()
            let new = try SCIMTypes.normalized(body, Self.type)
            return try await change(call, bytes) { _ in new }
        }
        gate.on(router, .patch, "/Groups/:id", .scim) { call in
            let (bytes, body) = try await call.document()
            let patch = try SCIMTypes.patch(body, Self.type)
            return try await change(call, bytes) { (former) throws(ManagementError) in
                do throws(SCIMError) { return try patch.applied(to: former) } catch {
                    throw ManagementError(error)
                }
            }
        }
        gate.on(router, .delete, "/Groups/:id", .scim) { call in
            try await call.change { writer in
                let group = try Self.group(call, in: writer)
                try call.checkMatch(try SCIMGroup(group, base: base).value(in: writer))
                return .empty.telling(try GroupDirectory.delete(group, in: writer))
            }
        }
    }

    private static func group(_ call: ManagementCall, in reader: any StoreReader) throws
        -> GroupRecord
    {
        let id = try call.parameter()
        guard let group = try reader.record(GroupRecord.self, id: id), !group.isBuiltIn else {
            throw ManagementError.notFound(id, "Group")
        }
        return group
    }

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        let page = try SCIMPage(call)
        let projection = SCIMProjection(call, Self.type)
        let filter = try call.query["filter"].map { try SCIMTypes.filter($0, Self.type) }
        let base = base
        return try await call.services.store.read { reader in
            var shown: [ResourceValue] = []
            var total = 0
            try Self.each(filter, in: reader) { group in
                let isShown = page.has(total + 1)
                guard filter != nil || isShown else {
                    total += 1
                    return
                }
                let value = try SCIMGroup(group, base: base).value(
                    in: reader, hasMembers: filter != nil || projection.tells("members"))
                guard filter?.matches(value) != false else { return }
                if isShown { shown.append(try projection.shown(value)) }
                total += 1
            }
            return ManagementAnswer(
                value: SCIMPage.list(shown, total: total, startIndex: page.startIndex))
        }
    }

    private static func each(
        _ filter: FilterExpression?, in reader: any StoreReader, _ body: (GroupRecord) throws -> Void
    ) throws {
        if let name = filter?.required(["displayName"]) {
            let found = try GroupDirectory.group(named: name, in: reader)
            return try found.flatMap { $0.isBuiltIn ? nil : $0 }.map(body) ?? ()
        }
        if let name = filter?.required(["externalId"]) {
            return try reader.records(GroupRecord.self, where: .first, is: name).forEach(body)
        }
        try SCIMTypes.eachRecord(GroupRecord.self, in: reader) { group in
            if !group.isBuiltIn { try body(group) }
        }
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let (bytes, body) = try await call.document()
        let projection = SCIMProjection(call, Self.type)
        let wanted = try SCIMGroup.wanted(try SCIMTypes.normalized(body, Self.type))
        let now = call.now
        let base = base
        return try await call.change(body: bytes) { writer in
            guard try GroupDirectory.group(named: wanted.name, in: writer) == nil else {
                throw ManagementError.notUnique("displayName")
            }
            var (group, event) = try GroupDirectory.insert(
                name: wanted.name, description: nil, at: now, in: writer)
            group.externalID = wanted.externalID
            try writer.save(group)
            let events = try SCIMGroup.setMembers(of: group, to: wanted.members, at: now, in: writer)
            let resource = SCIMGroup(group, base: base)
            return try projection.answer(
                try resource.value(in: writer), at: resource.location, status: 201, events: [event] + events
            )
        }
    }

    private func change(
        _ call: ManagementCall, _ bytes: [UInt8],
        _ body: @escaping @Sendable (ResourceValue) throws(ManagementError) -> ResourceValue
    ) async throws -> ManagementAnswer {
        let projection = SCIMProjection(call, Self.type)
        let now = call.now
        let base = base
        return try await call.change(body: bytes) { writer in
            let former = try Self.group(call, in: writer)
            if call.request.headers[.ifMatch] != nil {
                try call.checkMatch(try SCIMGroup(former, base: base).value(in: writer))
            }
            let wanted = try SCIMGroup.wanted(
                try body(try SCIMGroup(former, base: base).changeable(in: writer)))
            var group = former
            group.name = wanted.name
            group.externalID = wanted.externalID
            var events: [AuditEvent] = []
            if group != former {
                group.updatedAt = now
                do { try writer.save(group) } catch StoreError.alreadyExists {
                    throw ManagementError.notUnique("displayName")
                }
                events.append(AuditEvent(.groupUpdate, outcome: .success, targets: [.group(group)]))
            }
            events += try SCIMGroup.setMembers(of: group, to: wanted.members, at: now, in: writer)
            group = try Self.group(call, in: writer)
            let value = try SCIMGroup(group, base: base).value(
                in: writer, hasMembers: projection.tells("members"))
            return try projection.answer(value, at: "", status: 200, events: events)
        }
    }
}
