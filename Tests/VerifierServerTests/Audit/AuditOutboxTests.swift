// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ManagementQueries
import Testing

@testable import VerifierServer

/// Events that are committed with what they tell of, and what becomes of them where the process ends in between.
@Suite struct AuditOutboxTests {
    /// A store, and the log of one process on it after the other.
    private struct Processes {
        let folder: TemporaryFolder
        let store: SQLiteStore
        let clock = ManualClock()

        init() throws {
            folder = try TemporaryFolder()
            store = try SQLiteStore(path: folder.file("store.sqlite"))
        }

        func start(delay: Duration = .zero) -> (log: AuditLog, sink: RecordingAuditSink) {
            let sink = RecordingAuditSink()
            let archive = LogArchive(store: store, clock: clock.verifierClock, delay: delay)
            return (AuditLog(sink: sink, clock: clock.verifierClock).kept(in: archive), sink)
        }

        /// What the store's log has, and how many records wait.
        func kept() async throws -> (lines: [String], waiting: Int) {
            try await store.read {
                (try $0.all(LogEventRecord.self).map(\.line), try $0.all(OutboxRecord.self).count)
            }
        }
    }

    private static let event = AuditEvent(.codeIssue, outcome: .success)
    private static let user = User(id: "00u1", username: "alice", displayName: "Alice", createdAt: 1)

    private struct Undone: Error {}

    @Test func whatIsToldIsInBothLogsOnce() async throws {
        let processes = try Processes()
        let (log, sink) = processes.start()
        try await processes.store.write(telling: log, { _ in [Self.event] }) { try $0.insert(Self.user) }
        let (lines, waiting) = try await processes.kept()
        #expect(lines.count == 1)
        #expect(sink.lines == lines.map { "\($0)\n" })
        #expect(waiting == 0)
    }

    @Test func whatWasCommittedIsDeliveredByTheNextProcess() async throws {
        let processes = try Processes()
        let (killed, before) = processes.start()
        _ = try await processes.store.write { try killed.note([Self.event, Self.event], in: $0) }
        #expect(before.lines.isEmpty)
        #expect(try await processes.kept().waiting == 1)
        let (next, sink) = processes.start()
        try await next.deliverPending()
        try await next.deliverPending()
        let (lines, waiting) = try await processes.kept()
        #expect(lines.count == 2)
        #expect(sink.lines == lines.map { "\($0)\n" })
        #expect(waiting == 0)
    }

    @Test func ofWhatWasUndoneNothingIsTold() async throws {
        let processes = try Processes()
        let (log, sink) = processes.start()
        await #expect(throws: Undone.self) {
            try await processes.store.write(telling: log, { _ in [Self.event] }) { writer -> Void in
                try writer.insert(Self.user)
                throw Undone()
            }
        }
        await #expect(throws: StoreError.self) {
            try await processes.store.write(telling: log, { _ in [Self.event] }) { writer -> Void in
                try writer.insert(Self.user)
                try writer.insert(Self.user)
            }
        }
        #expect(sink.lines.isEmpty)
        #expect(try await processes.kept() == ([], 0))
        #expect(try await processes.store.read { try $0.all(User.self) }.isEmpty)
    }

    @Test func twoThatDeliverTheSameStoreItOnce() async throws {
        let processes = try Processes()
        let (slow, first) = processes.start(delay: .seconds(600))
        try await processes.store.write(telling: slow, { _ in [Self.event] }) { try $0.insert(Self.user) }
        let (other, second) = processes.start()
        try await other.deliverPending()
        await slow.flush()
        #expect(try await processes.kept().lines.count == 1)
        // The file may have it twice, by the same name.
        #expect(first.lines == second.lines)
        #expect(first.lines.count == 1)
    }

    @Test func whatIsOnItsWayIsLeftAlone() async throws {
        let processes = try Processes()
        let (killed, _) = processes.start()
        _ = try await processes.store.write { try killed.note([Self.event], in: $0) }
        let (next, sink) = processes.start()
        processes.clock.advance(59)
        try await next.deliverPending(olderThan: 60)
        #expect(sink.lines.isEmpty)
        processes.clock.advance(1)
        try await next.deliverPending(olderThan: 60)
        #expect(sink.lines.count == 1)
    }

    @Test func manyEventsAreDeliveredInTheirOrder() async throws {
        let processes = try Processes()
        let (killed, _) = processes.start()
        let events = (0..<1201).map { AuditEvent(.codeIssue, outcome: .success, debugData: ["n": "\($0)"]) }
        let noted = try await processes.store.write { try killed.note(events, in: $0) }
        #expect(noted.entries.map(\.lines.count) == [500, 500, 201])
        let (next, sink) = processes.start()
        try await next.deliverPending()
        let lines = try await processes.kept().lines
        #expect(lines.count == 1201)
        for (number, line) in lines.enumerated() { #expect(line.contains("\"n\":\"\(number)\"")) }
        #expect(sink.lines == lines.map { "\($0)\n" })
    }

    @Test func aStartDeliversWhatWasLeft() async throws {
        let verifier = try await TestVerifier()
        let (killed, services) = (verifier.services.audit, verifier.services)
        _ = try await services.store.write { try killed.note([Self.event], in: $0) }
        let sink = RecordingAuditSink()
        let next = try await VerifierServices(
            configuration: verifier.configuration, clock: verifier.clock.verifierClock,
            audit: AuditLog(sink: sink, clock: verifier.clock.verifierClock))
        #expect(sink.lines.count == 1)
        #expect(try await next.store.read { try $0.all(OutboxRecord.self) }.isEmpty)
    }

    @Test func aChangeByTheManagementAPIIsToldWithIt() async throws {
        try await Administrator.run { administrator in
            let id = try await administrator.user("newcomer")
            let services = administrator.verifier.services
            // Whether or not it was delivered by now, the commit has it.
            let told = try await services.store.read { reader in
                try reader.all(OutboxRecord.self).flatMap(\.lines) + reader.all(LogEventRecord.self).map(\.line)
            }
            #expect(told.filter { $0.contains("user.lifecycle.create") && $0.contains(id) }.count == 1)
            await services.audit.flush()
            #expect(try await services.store.read { try $0.all(OutboxRecord.self) }.isEmpty)
            #expect(try administrator.events(.userCreate).count == 1)
        }
    }
}
