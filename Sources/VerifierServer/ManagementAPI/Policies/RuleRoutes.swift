// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/policies/{id}/rules`, those of the account management policy as well.
///
/// Rules are tried by ascending priority, from 1 on without gaps. The catch-all rule, which is the system's own, is always last, has no
/// conditions, and cannot be deleted or deactivated.
struct RuleRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        let path: RouterPath = "/policies/:id/rules"
        on(router, .get, path) { call in
            let issuer = call.services.settings.issuer
            let values = try await call.services.store.read { reader in
                let policy = try DocumentRoutes.policy(call, in: reader)
                return try DocumentRecords.rules(of: policy, in: reader).map {
                    try $0.value(issuer: issuer)
                }
            }
            return ManagementAnswer(value: .array(values))
        }
        on(router, .post, path) { try await create($0) }
        on(router, .get, "\(path)/:rule") { call in
            let record = try await call.services.store.read { try Self.rule(call, in: $0) }
            return try DocumentRoutes.answer(record, call)
        }
        on(router, .put, "\(path)/:rule") { try await replace($0) }
        on(router, .delete, "\(path)/:rule") { try await delete($0) }
        for change in [DocumentChange.activate, .deactivate] {
            on(router, .post, "\(path)/:rule/lifecycle/\(change.rawValue)") { call in
                let author = DocumentRoutes.author(call)
                return try await call.change { writer in
                    let record = try Self.rule(call, in: writer)
                    try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
                    guard !record.isSystem || change == .activate else {
                        throw ManagementError.readOnly("the catch-all rule always counts")
                    }
                    let (_, event) = try DocumentRoutes.set(record, change, by: author, in: writer)
                    return .empty.telling(event)
                }
            }
        }
    }

    private func on(
        _ router: Router<VerifierRequestContext>, _ method: HTTPRequest.Method, _ path: RouterPath,
        _ handler: @escaping ManagementGate.Handler
    ) {
        gate.on(router, method, path, .policies) { call in
            try await SystemPolicies.prepare(call.services)
            return try await handler(call)
        }
    }

    /// The rule that a path names.
    private static func rule(_ call: ManagementCall, in reader: any StoreReader) throws -> DocumentRecord {
        let policy = try DocumentRoutes.policy(call, in: reader)
        return try DocumentRoutes.record(Self.kind(of: policy), call, named: "rule", parentID: policy.id, in: reader)
    }

    /// What the rules of a policy are.
    private static func kind(of policy: DocumentRecord) -> DocumentKind { policy.kind.rules ?? .rule }

    /// A rule that was sent, as the policy's type wants it.
    private func checked(_ call: ManagementCall) async throws -> (name: String, body: [UInt8], value: ResourceValue) {
        let kind = try await call.services.store.read { Self.kind(of: try DocumentRoutes.policy(call, in: $0)) }
        return try await DocumentRoutes.checked(kind.policyDocument, call)
    }

    private static func status(
        _ value: ResourceValue, default standard: DocumentRecord.Status
    ) throws(ManagementError) -> DocumentRecord.Status {
        guard let text = value["status"]?.text else { return standard }
        guard let status = DocumentRecord.Status(rawValue: text.uppercased()) else {
            throw .invalid("status", "must be ACTIVE or INACTIVE")
        }
        return status
    }

    /// Refuses names of device assurance policies and zones that are not there: such a rule could never match.
    private static func checkReferences(_ value: ResourceValue, in reader: any StoreReader) throws {
        let conditions = value["conditions"]
        let policies = conditions?["device"]?["assurance"]?["include"]?.elements ?? []
        let network = conditions?["network"]
        let zones = (network?["include"]?.elements ?? []) + (network?["exclude"]?.elements ?? [])
        for (kind, ids, member) in [
            (DocumentKind.deviceAssurance, policies, "conditions.device.assurance.include"),
            (.zone, zones, "conditions.network"),
        ] {
            for id in ids.compactMap(\.text) where id != "ALL_ZONES" {
                guard try reader.record(DocumentRecord.self, id: id)?.kind == kind else {
                    throw ManagementError.invalid(member, "names \(kind.entityType)s that are not there")
                }
            }
        }
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let sent = try await checked(call)
        let author = DocumentRoutes.author(call)
        let priority = try DocumentRoutes.priority(sent.value)
        let isActive = try call.flag("activate", default: true)
        let status = try Self.status(sent.value, default: isActive ? .active : .inactive)
        return try await call.change(body: sent.body) { writer in
            let policy = try DocumentRoutes.policy(call, in: writer)
            try Self.checkReferences(sent.value, in: writer)
            let record = try DocumentRecords.insert(
                Self.kind(of: policy), parentID: policy.id, name: sent.name,
                body: String(decoding: sent.body, as: UTF8.self),
                status: isActive ? status : .inactive, priority: priority, by: author, in: writer)
            let placed = try DocumentRecords.place(record, at: priority, in: writer)
            return try DocumentRoutes.answer(placed, call, events: [DocumentRoutes.event(.create, of: placed)])
        }
    }

    private func replace(_ call: ManagementCall) async throws -> ManagementAnswer {
        let sent = try await checked(call)
        let author = DocumentRoutes.author(call)
        let priority = try DocumentRoutes.priority(sent.value)
        return try await call.change(body: sent.body) { writer in
            var record = try Self.rule(call, in: writer)
            try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
            try Self.checkReferences(sent.value, in: writer)
            if record.isSystem {
                let conditions = sent.value["conditions"]?.members ?? [:]
                guard sent.name == record.name, conditions.values.allSatisfy({ $0 == .null || $0 == [:] }) else {
                    throw ManagementError.readOnly("of the catch-all rule only the actions can be changed")
                }
            } else {
                record.status = try Self.status(sent.value, default: record.status)
            }
            record.name = sent.name
            record.body = String(decoding: sent.body, as: UTF8.self)
            record = try DocumentRecords.update(record, .update, by: author, in: writer)
            if let priority, !record.isSystem { record = try DocumentRecords.place(record, at: priority, in: writer) }
            return try DocumentRoutes.answer(record, call, events: [DocumentRoutes.event(.update, of: record)])
        }
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        let author = DocumentRoutes.author(call)
        return try await call.change { writer in
            let record = try Self.rule(call, in: writer)
            guard !record.isSystem else { throw ManagementError.readOnly("the catch-all rule cannot be deleted") }
            try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
            try DocumentRecords.delete(record, by: author, in: writer)
            try DocumentRecords.renumber(after: record, in: writer)
            return .empty.telling(DocumentRoutes.event(.delete, of: record))
        }
    }
}
