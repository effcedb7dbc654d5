// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ManagedLogTests {
    private func record(_ count: Int, from first: Int = 0, in administrator: Administrator, apart seconds: Int64 = 1)
        async
    {
        for number in first..<first + count {
            await administrator.verifier.services.audit.record(
                AuditEvent(
                    .codeIssue, outcome: number.isMultiple(of: 2) ? .success : .failure("odd one"),
                    debugData: ["number": "\(number)"]))
            // A server stores events within moments; here the clock goes on before those have passed.
            await administrator.verifier.services.audit.flush()
            administrator.verifier.clock.advance(seconds)
        }
    }

    private func numbers(_ answer: Administrator.Answer) -> [Int] {
        (answer.value.elements ?? []).compactMap {
            $0["debugContext"]?["debugData"]?["number"]?.text.flatMap { Int($0) }
        }
    }

    private func encoded(_ filter: String) -> String { FormParameters.encode(filter) }

    @Test func eventsAreToldAsTheyWereWritten() async throws {
        try await Administrator.run { administrator in
            await record(1, in: administrator)
            let answer = try await administrator.get(
                "/logs?filter=\(encoded("eventType eq \"user.enrollment_code.issue\""))")
            let line = try #require(administrator.verifier.audit.lines.last)
            #expect(answer.value == .array([try JSON.decode(ResourceValue.self, from: Array(line.utf8))]))
        }
    }

    @Test func eventsAreListedInPagesToTheirEndAndOn() async throws {
        try await Administrator.run { administrator in
            await record(25, in: administrator)
            let filter = encoded("debugContext.debugData.number pr")
            var path = "/logs?limit=10&filter=\(filter)"
            var seen: [Int] = []
            for _ in 0..<3 {
                let page = try await administrator.get(path)
                seen += numbers(page)
                path = try #require(page.next)
            }
            #expect(seen == Array(0..<25))
            let nothing = try await administrator.get(path)
            #expect(numbers(nothing) == [])
            path = try #require(nothing.next)
            await record(2, from: 25, in: administrator)
            #expect(numbers(try await administrator.get(path)) == [25, 26])
        }
    }

    @Test func eventsAreListedBackwardsToTheFirst() async throws {
        try await Administrator.run { administrator in
            await record(7, in: administrator)
            var path: String? =
                "/logs?limit=3&sortOrder=DESCENDING&filter=\(encoded("debugContext.debugData.number pr"))"
            var seen: [Int] = []
            while let current = path {
                let page = try await administrator.get(current)
                seen += numbers(page)
                path = page.next
            }
            #expect(seen == Array((0..<7).reversed()))
        }
    }

    @Test func anEventThatWaitedForTheNextStartIsFoundInItsTime() async throws {
        try await Administrator.run { administrator in
            let clock = administrator.verifier.clock
            let start = clock.now
            let audit = administrator.verifier.services.audit
            let event = AuditEvent(.rateLimit, outcome: .success, debugData: ["number": "7"])
            _ = try await administrator.verifier.services.store.write { try audit.note([event], in: $0) }
            clock.advance(3600)
            try await audit.deliverPending()
            let (from, to) = (encoded(Instant(seconds: start).text), encoded(Instant(seconds: start + 60).text))
            #expect(numbers(try await administrator.get("/logs?since=\(from)&until=\(to)")) == [7])
        }
    }

    @Test func timesBoundTheList() async throws {
        try await Administrator.run { administrator in
            let start = administrator.verifier.clock.now
            await record(10, in: administrator, apart: 60)
            func time(_ minute: Int64) -> String { encoded(Instant(seconds: start + minute * 60).text) }
            let answer = try await administrator.get("/logs?since=\(time(3))&until=\(time(6))")
            #expect(numbers(answer) == [3, 4, 5])
            #expect(answer.next == nil)
            #expect(numbers(try await administrator.get("/logs?since=\(time(8))")) == [8, 9])
            #expect(
                numbers(try await administrator.get("/logs?until=\(time(2))&sortOrder=DESCENDING")) == [1, 0])
            for query in [
                "since=yesterday", "until=x", "since=\(time(3))&until=\(time(2))", "sortOrder=UP", "limit=0",
                "q=\(String(repeating: "x", count: 41))", "filter=x",
            ] { #expect(try await administrator.get("/logs?\(query)").status == 400, "\(query)") }
        }
    }

    @Test func wordsAndFiltersAreLookedFor() async throws {
        try await Administrator.run { administrator in
            await record(4, in: administrator)
            let odd = try await administrator.get("/logs?q=ODD%20enrollment_code")
            #expect(numbers(odd) == [1, 3])
            let filter = "outcome.result eq \"SUCCESS\" and debugContext.debugData.number ge \"1\""
            #expect(numbers(try await administrator.get("/logs?filter=\(encoded(filter))")) == [2])
        }
    }

    @Test func eventsOfOtherProgramsAreThereAndOldOnesAreNot() async throws {
        try await Administrator.run { administrator in
            let command = try await VerifierServices(
                configuration: administrator.verifier.configuration, for: .administration,
                clock: administrator.verifier.clock.verifierClock,
                audit: AuditLog(sink: RecordingAuditSink(), clock: administrator.verifier.clock.verifierClock))
            _ = try await command.users.add(username: "carol")
            let filter = encoded("eventType eq \"user.lifecycle.create\"")
            let answer = try await administrator.get("/logs?filter=\(filter)")
            #expect(answer.value.elements?.first?["target"]?.elements?.first?["alternateId"] == "carol")
            administrator.verifier.clock.advance(LogArchive.retention + 1)
            try await administrator.verifier.services.sweep()
            let fresh = try await administrator.verifier.services.apiTokens.create(
                name: "fresh", scopes: APIScope.all, days: 1)
            #expect(try await administrator.with(token: fresh.text).get("/logs?filter=\(filter)").value == [])
        }
    }
}

@Suite struct LogArchiveTests {
    @Test func idsGrowAlsoWhereTheClockGoesBack() {
        let first = LogEventRecord.id(at: 1000, after: nil)
        let second = LogEventRecord.id(at: 1000, after: first)
        let third = LogEventRecord.id(at: 900, after: second)
        let fourth = LogEventRecord.id(at: 1001, after: third)
        #expect([first, second, third, fourth] == [first, second, third, fourth].sorted())
        #expect(Set([first, second, third, fourth]).count == 4)
        #expect(first == LogEventRecord.id(second: 1000, number: 1))
    }

    @Test func aServerGathersEventsAndStoresThemSoon() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"))
        let clock = ManualClock()
        let archive = LogArchive(store: store, clock: clock.verifierClock, delay: .milliseconds(20))
        let sink = RecordingAuditSink()
        let audit = AuditLog(sink: sink, clock: clock.verifierClock).kept(in: archive)
        for _ in 0..<3 { await audit.record(AuditEvent(.codeIssue, outcome: .success)) }
        var lines: [String] = []
        for _ in 0..<500 where lines.count < 3 {
            try await Task.sleep(for: .milliseconds(10))
            lines = try await store.read { try $0.all(LogEventRecord.self) }.map(\.line)
        }
        #expect(lines == sink.lines.map { String($0.dropLast()) })
    }

    @Test func aStoreThatFailsStopsNobody() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("store.sqlite"), maximumPages: 40)
        let clock = ManualClock()
        let archive = LogArchive(store: store, clock: clock.verifierClock, delay: .zero)
        let sink = RecordingAuditSink()
        let audit = AuditLog(sink: sink, clock: clock.verifierClock).kept(in: archive)
        let long = String(repeating: "x", count: 50_000)
        for _ in 0..<6 { await audit.record(AuditEvent(.codeIssue, outcome: .failure(long))) }
        #expect(sink.lines.count == 6)
    }
}
