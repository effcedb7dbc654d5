// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Logging
internal import Synchronization

/// An event of the audit log in the store, where the management API looks for it.
package struct LogEventRecord: StoredRecord, Hashable {
    package static let collection = "log_events"
    package static let isRemembered = false

    /// The second at which it was stored and a number, both padded: greater than every earlier event's.
    package let id: String
    /// The line of the log, without its line feed.
    package let line: String
    /// When it may be forgotten.
    package let endsAt: Int64

    package var expiresAt: Int64? { endsAt }

    /// The id that comes after another at a time.
    static func id(at time: Int64, after last: String?) -> String {
        let parts = (last ?? "").split(separator: "-").compactMap { Int64($0) }
        guard parts.count == 2, parts[0] >= time else { return id(second: time, number: 1) }
        return id(second: parts[0], number: parts[1] + 1)
    }

    /// An id; without a number the one before all events of a second. For times before 1970 it is that of 1970.
    package static func id(second: Int64, number: Int64 = 0) -> String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(max(0, number))
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(second, 12) + "-" + padded(number, 9)
    }
}

/// Keeps the events of the audit log in the store for a time, so that they can be looked for.
///
/// Events come here in batches, shortly after they were written to the file. Those of a transaction are in the outbox until then, and
/// leave it in the transaction that puts them here. Of the others a crash or a failing store may take some, which are missing here
/// alone. Memory is bounded; where events come faster than the store takes them, the oldest that wait are given up, or left to the
/// outbox.
package final class LogArchive: Sendable {
    /// How long events are kept, in seconds: 90 days, as Okta's System Log does.
    package static let retention: Int64 = 90 * 86_400

    /// The lines of one cause.
    struct Entry: Sendable {
        /// The lines, without their line feeds.
        var lines: [String]
        /// Their record in the outbox, which leaves it when they are stored.
        var outboxID: String?
    }

    private struct Waiting {
        var entries: [Entry] = []
        var isScheduled = false
        var lost = 0
    }

    /// How many records of the outbox are looked at together.
    static let pendingStep = 200
    private static let maximumWaiting = 10_000
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let delay: Duration
    private let waiting = Mutex(Waiting())
    private let logger = Logger(label: "audit")

    /// An archive in a store.
    ///
    /// - Parameter delay: how long the first of a batch waits for others; zero for programs that run and end, which store each event
    ///   before they go on.
    package init(store: any VerifierStore, clock: VerifierClock, delay: Duration) {
        self.store = store
        self.clock = clock
        self.delay = delay
    }

    /// Takes events that were written.
    func keep(_ entry: Entry) async {
        let isFirst = waiting.withLock { waiting in
            waiting.entries.append(entry)
            while waiting.entries.count > Self.maximumWaiting {
                // What the outbox has is delivered later.
                if waiting.entries.removeFirst().outboxID == nil { waiting.lost += 1 }
            }
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if delay == .zero { return await flush() }
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: delay)
            await flush()
        }
    }

    /// Stores what waits.
    package func flush() async {
        let (entries, lost) = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return (waiting.entries, waiting.lost)
        }
        if lost > 0 { logger.error("\(lost) events were written to the audit log but cannot be looked for") }
        do { try await store(entries) } catch {
            let count = entries.count { $0.outboxID == nil }
            logger.error("\(count) events were written to the audit log but cannot be looked for: \(error)")
        }
    }

    /// Stores events, each once: those that came through the outbox as long as they are in it.
    func store(_ entries: [Entry]) async throws {
        guard !entries.isEmpty else { return }
        let now = clock.now()
        try await store.write(.buffered) { writer in
            var last = try writer.page(LogEventRecord.self, RecordPage(limit: 1, isDescending: true)).first?.id
            for entry in entries {
                if let id = entry.outboxID, try !writer.delete(OutboxRecord.self, id: id) { continue }
                for line in entry.lines {
                    let id = LogEventRecord.id(at: now, after: last)
                    try writer.insert(LogEventRecord(id: id, line: line, endsAt: now + Self.retention))
                    last = id
                }
            }
        }
    }

    /// What is in the outbox since before a time, the oldest first, some of it.
    func pending(notedBefore latest: Int64) async throws -> [OutboxRecord] {
        try await store.read { try $0.page(OutboxRecord.self, RecordPage(limit: Self.pendingStep)) }
            .filter { $0.notedAt <= latest }
    }
}
