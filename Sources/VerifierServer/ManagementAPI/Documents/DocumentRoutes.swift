// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// Reading and changing one kind of documents: list, create, get, replace, delete.
struct DocumentRoutes: Sendable {
    let gate: ManagementGate
    let document: any ManagedDocument.Type
    /// The path below `/api/v1`.
    let path: String
    /// What a token needs.
    let resource: APIScope.Resource
    /// Whether a list shows a document to those who did not ask for extensions.
    var isShown: @Sendable (ResourceValue) -> Bool = { _ in true }
    /// What has to hold of all documents together after a change.
    var check: @Sendable (ManagementCall, any StoreReader) throws -> Void = { _, _ in }
    /// Who uses a document, so that it cannot be deleted; `nil` for nobody.
    var user: @Sendable (DocumentRecord, any StoreReader) throws -> String? = { _, _ in nil }

    private var kind: DocumentKind { document.kind }

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/\(path)", resource) { try await list($0) }
        gate.on(router, .post, "/\(path)", resource) { try await create($0) }
        gate.on(router, .get, "/\(path)/:id", resource) { call in
            let record = try await call.services.store.read { try Self.record(kind, call, in: $0) }
            return try Self.answer(record, call)
        }
        gate.on(router, .put, "/\(path)/:id", resource) { try await replace($0) }
        gate.on(router, .delete, "/\(path)/:id", resource) { try await delete($0) }
    }

    // MARK: - Shared with the routes of policies

    /// The place among others that a document asks for; `nil` for the last, before what is the system's own.
    static func priority(_ value: ResourceValue) throws(ManagementError) -> Int? {
        switch value["priority"] {
        case nil, .null: return nil
        case .integer(let number) where (0...100_000).contains(number): return Int(number)
        default: throw .invalid("priority", "must be a whole number, or null")
        }
    }

    /// The document that a path names.
    static func record(
        _ kind: DocumentKind, _ call: ManagementCall, named parameter: String = "id", parentID: String? = nil,
        in reader: any StoreReader
    ) throws -> DocumentRecord {
        let id = try call.parameter(parameter)
        guard let record = try reader.record(DocumentRecord.self, id: id), record.kind == kind,
            record.parentID == parentID
        else { throw ManagementError.notFound(id, kind.entityType) }
        return record
    }

    /// The policy that a path names, of whichever type.
    static func policy(_ call: ManagementCall, in reader: any StoreReader) throws -> DocumentRecord {
        let id = try call.parameter()
        let found = try reader.record(DocumentRecord.self, id: id)
        return try record(found?.kind == .passwordPolicy ? .passwordPolicy : .policy, call, in: reader)
    }

    static func answer(
        _ record: DocumentRecord, _ call: ManagementCall, events: [AuditEvent] = []
    ) throws -> ManagementAnswer {
        try .resource(try record.value(issuer: call.services.settings.issuer), events: events)
    }

    /// What the audit log tells of a change.
    static func event(_ change: DocumentChange, of record: DocumentRecord) -> AuditEvent {
        AuditEvent(
            record.kind.event(change), outcome: .success,
            targets: [AuditEvent.Entity(id: record.id, type: record.kind.entityType, displayName: record.name)],
            debugData: ["revision": "\(record.revision)"])
    }

    /// A document that was sent: its name and text, checked.
    static func checked(
        _ document: any ManagedDocument.Type, _ call: ManagementCall
    ) async throws -> (name: String, body: [UInt8], value: ResourceValue) {
        try await checked(call) { _ in document }
    }

    /// The same where the document itself says what it is.
    static func checked(
        _ call: ManagementCall, _ choose: (ResourceValue) async throws -> any ManagedDocument.Type
    ) async throws -> (name: String, body: [UInt8], value: ResourceValue) {
        let (bytes, value) = try await call.document()
        let document = try await choose(value)
        let member = document.kind.nameMember
        guard let name = value[member]?.text, !name.isEmpty else {
            throw ManagementError.invalid(member, "The field cannot be left blank")
        }
        guard name.count <= 255, TextBounds.isPlain(name, upTo: 1024) else {
            throw ManagementError.invalid(member, "must have at most 255 characters and no control characters")
        }
        try document.check(bytes)
        return (name, bytes, value)
    }

    /// Lets a document count, or not; one that is in the state already stays so, without an event.
    static func set(
        _ record: DocumentRecord, _ change: DocumentChange, by author: DocumentRecords.Author,
        in writer: any StoreWriter
    ) throws -> (DocumentRecord, AuditEvent?) {
        let status = change == .activate ? DocumentRecord.Status.active : .inactive
        guard record.status != status else { return (record, nil) }
        var changed = record
        changed.status = status
        changed = try DocumentRecords.update(changed, change, by: author, in: writer)
        return (changed, event(change, of: changed))
    }

    static func author(_ call: ManagementCall) -> DocumentRecords.Author {
        DocumentRecords.Author(id: call.caller.id, now: call.now)
    }

    // MARK: - Requests

    private func list(_ call: ManagementCall) async throws -> ManagementAnswer {
        let page = try ManagementPage(call, list: path)
        let filter = try call.filter("filter")
        let isExtended = call.isExtended
        let issuer = call.services.settings.issuer
        let key = RecordPage.Key(.first, is: DocumentRecord.listKey(kind))
        let content = try await call.services.store.read { reader in
            try page.gather(DocumentRecord.self, where: key, in: reader) { record in
                let value = try record.value(issuer: issuer)
                guard filter?.matches(value) != false else { return ManagementPage.Choice<ResourceValue>.unfit }
                return isExtended || isShown(value) ? .shown(value) : .leftOut
            }
        }
        return ManagementAnswer(content)
    }

    private func create(_ call: ManagementCall) async throws -> ManagementAnswer {
        let sent = try await Self.checked(document, call)
        let author = Self.author(call)
        return try await call.change(body: sent.body) { writer in
            let record = try DocumentRecords.insert(
                kind, name: sent.name, body: String(decoding: sent.body, as: UTF8.self), by: author, in: writer)
            try check(call, writer)
            return try Self.answer(record, call, events: [Self.event(.create, of: record)])
        }
    }

    private func replace(_ call: ManagementCall) async throws -> ManagementAnswer {
        let sent = try await Self.checked(document, call)
        let author = Self.author(call)
        return try await call.change(body: sent.body) { writer in
            var record = try Self.record(kind, call, in: writer)
            try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
            if record.name != sent.name, let user = try user(record, writer), kind == .postureCheck {
                throw ManagementError.invalid(kind.nameMember, "is named by \(user), so that it cannot change")
            }
            record.name = sent.name
            record.body = String(decoding: sent.body, as: UTF8.self)
            record = try DocumentRecords.update(record, .update, by: author, in: writer)
            try check(call, writer)
            return try Self.answer(record, call, events: [Self.event(.update, of: record)])
        }
    }

    private func delete(_ call: ManagementCall) async throws -> ManagementAnswer {
        let author = Self.author(call)
        return try await call.change { writer in
            let record = try Self.record(kind, call, in: writer)
            try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
            if let user = try user(record, writer) {
                throw ManagementError(
                    409, "E0000001", "Api validation failed: \(kind.entityType) is in use and cannot be deleted",
                    causes: ["it is in use by \(user)"])
            }
            try DocumentRecords.delete(record, by: author, in: writer)
            return ManagementAnswer.empty.telling(Self.event(.delete, of: record))
        }
    }
}
