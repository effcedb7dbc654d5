// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import ManagementQueries

/// Changes to documents, within a transaction. Every change is a version that is kept, and makes a new edition of all.
enum DocumentRecords {
    /// Who changes what, and when.
    struct Author: Sendable {
        /// The token's id, or `system`.
        let id: String
        let now: Int64
    }

    /// The documents of a kind, or of a policy's rules, in the order in which they count.
    static func all(
        _ kind: DocumentKind, parentID: String? = nil, in reader: any StoreReader
    ) throws -> [DocumentRecord] {
        let key = DocumentRecord.listKey(kind, parentID: parentID)
        return try reader.records(DocumentRecord.self, where: .first, is: key).sorted {
            ($0.priority ?? Int.max, $0.id) < ($1.priority ?? Int.max, $1.id)
        }
    }

    /// The rules of a policy, in the order in which they count.
    static func rules(of policy: DocumentRecord, in reader: any StoreReader) throws -> [DocumentRecord] {
        guard let kind = policy.kind.rules else { return [] }
        return try all(kind, parentID: policy.id, in: reader)
    }

    /// Adds a document.
    ///
    /// - Throws: ``ManagementError`` where its name is another's, or there are too many.
    static func insert(
        _ kind: DocumentKind, parentID: String? = nil, name: String, body: String,
        status: DocumentRecord.Status = .active, priority: Int? = nil, isSystem: Bool = false, by author: Author,
        in writer: any StoreWriter
    ) throws -> DocumentRecord {
        let record = DocumentRecord(
            id: try identifier(kind), kind: kind, parentID: parentID, name: name, body: body, revision: 1,
            status: status, priority: priority, isSystem: isSystem, createdAt: author.now, createdBy: author.id,
            updatedAt: author.now, updatedBy: author.id)
        guard try all(kind, parentID: parentID, in: writer).count < kind.maximumCount else {
            throw ManagementError.validation("there are \(kind.maximumCount) of this kind already")
        }
        do { try writer.insert(record) } catch StoreError.alreadyExists {
            throw ManagementError.taken(kind.nameMember)
        }
        try keep(record, .create, in: writer)
        return record
    }

    /// Changes a document.
    @discardableResult
    static func update(
        _ record: DocumentRecord, _ change: DocumentChange, by author: Author, in writer: any StoreWriter
    ) throws -> DocumentRecord {
        var record = record
        record.revision += 1
        record.updatedAt = author.now
        record.updatedBy = author.id
        do { try writer.save(record) } catch StoreError.alreadyExists {
            throw ManagementError.taken(record.kind.nameMember)
        }
        try keep(record, change, in: writer)
        if change == .revert { try setEnd(nil, ofVersionsOf: record.id, in: writer) }
        return record
    }

    /// Deletes a document; its versions stay for a time, in which it can be brought back.
    static func delete(_ record: DocumentRecord, by author: Author, in writer: any StoreWriter) throws {
        try writer.delete(DocumentRecord.self, id: record.id)
        var last = record
        last.revision += 1
        last.updatedAt = author.now
        last.updatedBy = author.id
        try keep(last, .delete, in: writer)
        try setEnd(author.now + DocumentVersion.memory, ofVersionsOf: record.id, in: writer)
    }

    /// Says when the versions of a document are forgotten; `nil` for one that is there again.
    private static func setEnd(_ end: Int64?, ofVersionsOf id: String, in writer: any StoreWriter) throws {
        for var version in try writer.records(DocumentVersion.self, where: .first, is: id) where version.endsAt != end {
            version.endsAt = end
            try writer.save(version)
        }
    }

    /// Gives documents that are listed in their order their places; those that keep theirs stay as they are.
    static func number(_ records: [DocumentRecord], in writer: any StoreWriter) throws {
        for (index, record) in records.enumerated() where record.priority != index + 1 {
            var moved = record
            moved.priority = index + 1
            try writer.save(moved)
            try DocumentEdition.renew(in: writer)
        }
    }

    /// The place of the rule that is always last.
    static let catchAllPriority = 99_000

    /// Puts a rule at a place among its policy's, the others in their order around it; at the end for `nil`.
    static func place(
        _ record: DocumentRecord, at priority: Int?, in writer: any StoreWriter
    ) throws -> DocumentRecord {
        var others = try all(record.kind, parentID: record.parentID, in: writer).filter {
            $0.id != record.id && !$0.isSystem
        }
        others.insert(record, at: min(others.count, max(0, (priority ?? Int.max) - 1)))
        try number(others, in: writer)
        return try writer.record(DocumentRecord.self, id: record.id) ?? record
    }

    /// Closes the gap that a rule has left.
    static func renumber(after rule: DocumentRecord, in writer: any StoreWriter) throws {
        try number(try all(rule.kind, parentID: rule.parentID, in: writer).filter { !$0.isSystem }, in: writer)
    }

    /// An id as Okta's are: letters and digits, so that no path has to escape it.
    private static func identifier(_ kind: DocumentKind) throws -> String {
        let letters = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
        // 128 bits and more: 36 letters do not divide 256, so what is left over is thrown away.
        var text: [UInt8] = []
        while text.count < 26 {
            text += try SecureRandom.bytes(32).filter { $0 < 252 }.map { letters[Int($0) % 36] }
        }
        return kind.prefix + String(decoding: text.prefix(26), as: UTF8.self)
    }

    private static func keep(
        _ record: DocumentRecord, _ change: DocumentChange, in writer: any StoreWriter
    ) throws {
        try DocumentEdition.renew(in: writer)
        try writer.save(DocumentVersion(record, change))
        let old = record.revision - DocumentVersion.maximumCount
        if old > 0 { try writer.delete(DocumentVersion.self, id: DocumentVersion.id(record.id, old)) }
    }
}
