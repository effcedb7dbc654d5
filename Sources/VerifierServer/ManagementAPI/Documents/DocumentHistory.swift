// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// The versions of documents, for the administrator at the command line.
package struct DocumentHistory: Sendable {
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog

    /// The history in a store.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog) {
        self.store = store
        self.clock = clock
        self.audit = audit
    }

    /// The versions of a document that are kept, the oldest first; of one that was deleted as well.
    ///
    /// - Throws: ``DocumentHistoryError/unknownDocument(_:)``.
    package func versions(of id: String) async throws -> [DocumentVersion] {
        let versions = try await store.read { try $0.records(DocumentVersion.self, where: .first, is: id) }
        guard !versions.isEmpty else { throw DocumentHistoryError.unknownDocument(id) }
        return versions.sorted { $0.revision < $1.revision }
    }

    /// Puts an earlier version in the place of what a document says now, as a version of its own.
    ///
    /// A document that was deleted comes back under its id, a policy with the rules that were deleted with it. The place of a rule
    /// among its policy's stays, and whether it counts comes back with the version.
    /// - Throws: ``DocumentHistoryError``.
    package func revert(_ id: String, to revision: Int) async throws -> DocumentRecord {
        let now = clock.now()
        return try await store.write(
            telling: audit, { [DocumentRoutes.event(.revert, of: $0)] }
        ) { writer in
            guard let version = try writer.record(DocumentVersion.self, id: DocumentVersion.id(id, revision)) else {
                throw try writer.records(DocumentVersion.self, where: .first, is: id).isEmpty
                    ? DocumentHistoryError.unknownDocument(id) : .unknownRevision(revision, document: id)
            }
            return try Self.revert(to: version, by: DocumentRecords.Author(id: "system", now: now), in: writer)
        }
    }

    private static func revert(
        to version: DocumentVersion, by author: DocumentRecords.Author, in writer: any StoreWriter
    ) throws -> DocumentRecord {
        let current = try writer.record(DocumentRecord.self, id: version.documentID)
        let last = try writer.records(DocumentVersion.self, where: .first, is: version.documentID).map(\.revision).max()
        if let parent = version.record.parentID, try writer.record(DocumentRecord.self, id: parent) == nil {
            throw DocumentHistoryError.unknownDocument(parent)
        }
        var record = version.record
        record.revision = max(last ?? 0, current?.revision ?? 0)
        record.priority = current?.priority ?? record.priority
        do {
            record = try DocumentRecords.update(record, .revert, by: author, in: writer)
        } catch is ManagementError {
            throw DocumentHistoryError.nameTaken(record.name)
        }
        guard current == nil else { return record }
        if record.kind.rules != nil { try bringBackRules(of: record.id, by: author, in: writer) }
        guard record.kind.isRule || record.kind == .passwordPolicy, !record.isSystem else { return record }
        return try DocumentRecords.place(record, at: record.priority, in: writer)
    }

    /// A policy without its rules would say nothing, where it has denied.
    private static func bringBackRules(
        of policyID: String, by author: DocumentRecords.Author, in writer: any StoreWriter
    ) throws {
        let deletion = try writer.records(DocumentVersion.self, where: .first, is: policyID).last {
            $0.change == .delete
        }
        for version in try writer.records(DocumentVersion.self, where: .second, is: policyID)
        where version.change == .delete && version.record.updatedAt == deletion?.record.updatedAt {
            try DocumentRecords.update(version.record, .revert, by: author, in: writer)
        }
    }
}

/// Why a document was not found or not brought back; the text is for the administrator.
package enum DocumentHistoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no document of this id, and never was one that is remembered.
    case unknownDocument(String)
    /// The document has no version of this number that is kept.
    case unknownRevision(Int, document: String)
    /// Another document has the name by now.
    case nameTaken(String)

    package var description: String {
        switch self {
        case .unknownDocument(let id): "there is no document '\(id)'"
        case .unknownRevision(let revision, let id): "the document '\(id)' has no version \(revision) that is kept"
        case .nameTaken(let name): "another document is called '\(name)' by now; rename that one first"
        }
    }
}
