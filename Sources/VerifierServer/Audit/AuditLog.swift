// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// The audit log: one JSON object a line, written after the commit of what it tells.
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

    /// Writes an event. A line that cannot be written is reported by the sink; the event's cause has happened and stands.
    package func record(_ event: AuditEvent) async { await record([event]) }

    /// Writes the events of one cause, in their order and nothing in between.
    package func record(_ events: [AuditEvent]) async {
        let now = clock.now()
        if let metrics { for event in events { metrics.count(event) } }
        let lines = events.compactMap { try? Self.line(of: $0, at: now) }
        await withCheckedContinuation { continuation in
            queue.async { [sink] in
                for line in lines { sink.write(line) }
                continuation.resume()
            }
        }
        await archive?.keep(lines.map { String(decoding: $0.dropLast(), as: UTF8.self) })
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
