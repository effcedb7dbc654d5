// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// The audit log: one JSON object a line, written after the commit of what it tells.
///
/// What a transaction changes is told within it (``note(_:in:)``), so that no end of the process takes it away: it is in the store's
/// log once, and in the file at least once, each time with the same `uuid`.
///
/// JSON escapes line ends and control characters, so that nothing that came from outside can forge a line. Lines are written
/// one after the other by a thread of the log's own; a caller goes on when its line is with the operating system.
package final class AuditLog: Sendable {
    private let queue = DispatchQueue(label: "countersign.audit")
    private let sink: any AuditSink
    private let clock: VerifierClock
    private let archive: LogArchive?
    private let metrics: VerifierMetrics?

    /// A log to a sink.
    package convenience init(sink: any AuditSink, clock: VerifierClock = .system) {
        self.init(sink: sink, clock: clock, archive: nil, metrics: nil)
    }

    private init(sink: any AuditSink, clock: VerifierClock, archive: LogArchive?, metrics: VerifierMetrics?) {
        self.sink = sink
        self.clock = clock
        self.archive = archive
        self.metrics = metrics
    }

    /// The log to the same sink that also keeps its events where they can be looked for.
    package func kept(in archive: LogArchive) -> AuditLog {
        AuditLog(sink: sink, clock: clock, archive: archive, metrics: metrics)
    }

    /// The log to the same sink whose events are counted.
    func counted(by metrics: VerifierMetrics) -> AuditLog {
        AuditLog(sink: sink, clock: clock, archive: archive, metrics: metrics)
    }

    /// Makes sure that what was recorded can be looked for.
    package func flush() async { await archive?.flush() }

    /// Writes an event that no transaction tells of. A line that cannot be written is reported by the sink; the event's cause has
    /// happened and stands.
    package func record(_ event: AuditEvent) async { await record([event]) }

    /// Writes the events of one cause, in their order and nothing in between.
    package func record(_ events: [AuditEvent]) async {
        await deliver(NotedEvents(events: events, entries: [LogArchive.Entry(lines: lines(of: events))]))
    }

    // MARK: - Events of a transaction

    /// Takes the events of a change within its transaction. Where the log keeps its events in the store, they are there with the
    /// commit; after it the caller delivers them.
    func note(_ events: [AuditEvent], in writer: any StoreWriter) throws -> NotedEvents {
        let lines = lines(of: events)
        guard archive != nil else { return NotedEvents(events: events, entries: [LogArchive.Entry(lines: lines)]) }
        var noted = NotedEvents(events: events, entries: [])
        var last = try writer.page(OutboxRecord.self, RecordPage(limit: 1, isDescending: true)).first
        for start in stride(from: 0, to: lines.count, by: OutboxRecord.maximumLines) {
            let record = try OutboxRecord(
                lines: lines[start...].prefix(OutboxRecord.maximumLines), after: last, at: clock.now())
            try writer.insert(record)
            last = record
            noted.entries.append(LogArchive.Entry(lines: record.lines, outboxID: record.id))
        }
        return noted
    }

    /// Delivers what a transaction has taken, after its commit.
    func deliver(_ noted: NotedEvents) async {
        guard !noted.events.isEmpty else { return }
        if let metrics { for event in noted.events { metrics.count(event) } }
        await write(noted.entries.flatMap(\.lines))
        for entry in noted.entries { await archive?.keep(entry) }
    }

    /// Delivers what earlier processes committed and did not deliver: once more to the file, and once to the store's log.
    ///
    /// - Parameter age: how long a record must have waited, in seconds; younger ones are on their way.
    package func deliverPending(olderThan age: Int64 = 0) async throws {
        guard let archive else { return }
        let latest = clock.now() - age
        while true {
            let records = try await archive.pending(notedBefore: latest)
            for record in records { await write(record.lines) }
            try await archive.store(records.map { LogArchive.Entry(lines: $0.lines, outboxID: $0.id) })
            if records.count < LogArchive.pendingStep { return }
        }
    }

    private func lines(of events: [AuditEvent]) -> [String] {
        let now = clock.now()
        return events.compactMap { try? Self.line(of: $0, at: now) }
            .map { String(decoding: $0.dropLast(), as: UTF8.self) }
    }

    private func write(_ lines: [String]) async {
        await withCheckedContinuation { continuation in
            queue.async { [sink] in
                for line in lines { sink.write(Array(line.utf8) + [0x0A]) }
                continuation.resume()
            }
        }
    }

    static func line(of event: AuditEvent, at time: Int64) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = AuditLine(
            uuid: try SecureRandom.identifier(), event: event,
            published: Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601))
        return Array(try encoder.encode(line)) + [0x0A]
    }
}

/// Where lines of the audit log go.
package protocol AuditSink: Sendable {
    /// Writes one whole line, which ends in a line feed.
    func write(_ line: [UInt8])
}

/// The members of a line, named after Okta's System Log.
private struct AuditLine: Encodable {
    struct Client: Encodable { var ipAddress: String }
    struct DebugContext: Encodable { var debugData: [String: String] }

    var uuid: String
    var published: String
    var eventType: String
    var version = "0"
    var severity: String
    var actor: AuditEvent.Entity
    var client: Client?
    var outcome: AuditEvent.Outcome
    var target: [AuditEvent.Entity]
    var debugContext: DebugContext

    init(uuid: String, event: AuditEvent, published: String) {
        self.uuid = uuid
        self.published = published
        eventType = event.type.rawValue
        severity = event.outcome.result == "FAILURE" || event.outcome.result == "DENY" ? "WARN" : "INFO"
        actor = event.actor
        client = event.address.map(Client.init)
        outcome = event.outcome
        target = event.targets
        debugContext = DebugContext(debugData: event.debugData)
    }
}
