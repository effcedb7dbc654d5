// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/policies`, of type `ACCESS_POLICY` and `PASSWORD`.
///
/// The account management policy is the system's own: it is read, and its rules are changed, but nothing else of it.
struct PolicyRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        on(router, .get, "/policies") { try await list($0) }
        on(router, .post, "/policies") { try await create($0) }
        on(router, .get, "/policies/:id") { call in
            try await call.services.store.read { reader in
                let record = try DocumentRoutes.policy(call, in: reader)
                let answer = try Self.answer(record, call)
                return try Self.expanded(answer, of: record, call, in: reader)
            }
        }
        on(router, .put, "/policies/:id") { try await replace($0) }
        on(router, .delete, "/policies/:id") { try await delete($0) }
        for change in [DocumentChange.activate, .deactivate] {
            on(router, .post, "/policies/:id/lifecycle/\(change.rawValue)") { call in
                let author = DocumentRoutes.author(call)
                return try await call.change { writer in
                    let record = try Self.writable(call, in: writer)
                    try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
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

    /// The policy that a path names, where it may be changed.
    private static func writable(_ call: ManagementCall, in reader: any StoreReader) throws -> DocumentRecord {
        let record = try DocumentRoutes.policy(call, in: reader)
        guard !record.isSystem else {
            throw ManagementError.readOnly("the account management policy is read-only; only its rules can be changed")
        }
        return record
    }

    /// A policy. Okta's documentation and service tell what it is about as a text in `_embedded`, where Okta's OpenAPI description,
    /// and what is generated from that, has room for objects alone: those get it without.
    private static func answer(_ record: DocumentRecord, _ call: ManagementCall) throws -> ManagementAnswer {
        var answer = try DocumentRoutes.answer(record, call)
        if call.isGenerated, !call.isExtended, var members = answer.value?.members {
            members["_embedded"] = [:]
            answer.value = .object(members)
        }
        return answer
    }

    /// A policy with its rules, where they are asked for.
    private static func expanded(
        _ answer: ManagementAnswer, of record: DocumentRecord, _ call: ManagementCall, in reader: any StoreReader
    ) throws -> ManagementAnswer {
        guard call.query["expand"] == "rules", var members = answer.value?.members else { return answer }
        var embedded = members["_embedded"]?.members ?? [:]
        let issuer = call.services.settings.issuer
        embedded["rules"] = .array(
            try DocumentRecords.rules(of: record, in: reader).map { try $0.value(issuer: issuer) })
        members["_embedded"] = .object(embedded)
        var answer = answer
        answer.value = .object(members)
        return answer
    }

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        guard let type = call.query["type"] else { throw ManagementError.invalid("type", "is missing") }
        guard let kind = DocumentKind.policies(ofType: type) else { return ManagementAnswer(value: []) }
        let resourceType = call.query["resourceType"]?.uppercased()
        let status = call.query["status"]?.uppercased()
        let prefix = call.query["q"]?.lowercased()
        let records = try await call.services.store.read { reader in
            try DocumentRecords.all(kind, in: reader).map { record in
                let isOfType =
                    resourceType.map { $0 == (record.isSystem ? "END_USER_ACCOUNT_MANAGEMENT" : "APP") } ?? true
                guard isOfType else { return ResourceValue.null }
                return try Self.expanded(try Self.answer(record, call), of: record, call, in: reader).value ?? .null
            }
        }
        let shown = records.filter { value in
            value != .null
                && (status == nil || value["status"]?.text == status)
                && (prefix.map { value["name"]?.text?.lowercased().hasPrefix($0) == true } ?? true)
        }
        return ManagementAnswer(value: .array(shown))
    }

    /// The kind that a policy is of by its `type`; what has none is an access policy.
    private static func kind(of value: ResourceValue) -> DocumentKind {
        value["type"]?.text.flatMap(DocumentKind.policies) ?? .policy
    }

    /// The place that a password policy asks for: the first that is somebody's decides. Access policies are named by their apps.
    private static func priority(_ value: ResourceValue, _ kind: DocumentKind) throws(ManagementError) -> Int? {
        kind == .passwordPolicy ? try DocumentRoutes.priority(value) : nil
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let sent = try await DocumentRoutes.checked(call) { Self.kind(of: $0).policyDocument }
        let kind = Self.kind(of: sent.value)
        let author = DocumentRoutes.author(call)
        let isActive = try call.flag("activate", default: true)
        let priority = try Self.priority(sent.value, kind)
        return try await call.change(body: sent.body) { writer in
            let others = try DocumentRecords.all(kind, in: writer)
            var record = try DocumentRecords.insert(
                kind, name: sent.name, body: String(decoding: sent.body, as: UTF8.self),
                status: isActive ? .active : .inactive, priority: others.count + 1, by: author, in: writer)
            // Of a password policy nothing is allowed that no rule allows, without one that says so.
            if kind == .policy { try SystemPolicies.addCatchAll(to: record, by: author, in: writer) }
            if let priority { record = try DocumentRecords.place(record, at: priority, in: writer) }
            return try Self.answer(record, call).telling(DocumentRoutes.event(.create, of: record))
        }
    }

    private func replace(_ call: ManagementCall) async throws -> ManagementAnswer {
        let kind = try await call.services.store.read { try Self.writable(call, in: $0).kind }
        let sent = try await DocumentRoutes.checked(kind.policyDocument, call)
        let author = DocumentRoutes.author(call)
        let priority = try Self.priority(sent.value, kind)
        return try await call.change(body: sent.body) { writer in
            var record = try Self.writable(call, in: writer)
            try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
            record.name = sent.name
            record.body = String(decoding: sent.body, as: UTF8.self)
            record = try DocumentRecords.update(record, .update, by: author, in: writer)
            if let priority { record = try DocumentRecords.place(record, at: priority, in: writer) }
            return try Self.answer(record, call).telling(DocumentRoutes.event(.update, of: record))
        }
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        let author = DocumentRoutes.author(call)
        return try await call.change { writer in
            let record = try Self.writable(call, in: writer)
            try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
            for rule in try DocumentRecords.rules(of: record, in: writer) {
                try DocumentRecords.delete(rule, by: author, in: writer)
            }
            try DocumentRecords.delete(record, by: author, in: writer)
            try DocumentRecords.number(try DocumentRecords.all(record.kind, in: writer), in: writer)
            return .empty.telling(DocumentRoutes.event(.delete, of: record))
        }
    }
}
