// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Events that were committed together with what they tell of, on their way to the audit log.
///
/// A record is there from the commit until its events are in the store's log, so that the end of the process between the two takes
/// no event away: whoever comes next finds the record, and delivers it.
struct OutboxRecord: StoredRecord, Hashable {
    static let collection = "audit_outbox"
    static let isRemembered = false

    /// The second and a number, by which records are in the order of their commits, and a random part, so that no id comes again.
    let id: String
    /// When it was written, in seconds since 1970.
    let notedAt: Int64
    /// The lines of one cause, in their order, without their line feeds.
    let lines: [String]

    /// The most lines of a record; a cause that has more, such as a file of people, has several records.
    static let maximumLines = 500
    private static let orderLength = LogEventRecord.id(second: 0).count

    /// A record with an id of its own, after the one that came last.
    init(lines: some Sequence<String>, after last: OutboxRecord?, at now: Int64) throws {
        let former = last.map { String($0.id.prefix(Self.orderLength)) }
        id = LogEventRecord.id(at: now, after: former) + "-" + (try SecureRandom.identifier())
        notedAt = now
        self.lines = Array(lines)
    }
}

/// Events that a transaction has taken, to be delivered after its commit.
struct NotedEvents: Sendable {
    /// What is counted of them.
    var events: [AuditEvent]
    /// Their lines, with their records in the store where there are such.
    var entries: [LogArchive.Entry]
}

extension VerifierStore {
    /// Changes all or nothing, and tells of it: the events are part of the change, and are in the log when this returns.
    ///
    /// - Parameter events: what is to be told of what `body` answers.
    func write<Result: Sendable>(
        telling audit: AuditLog, _ events: @escaping @Sendable (Result) -> [AuditEvent],
        _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        let (result, noted) = try await write(.synced) { writer in
            let result = try body(writer)
            return (result, try audit.note(events(result), in: writer))
        }
        await audit.deliver(noted)
        return result
    }
}
