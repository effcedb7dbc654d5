// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import VerifierServer

@Suite struct AuditLogTests {
    @Test func anEventIsOneLineWhateverItHolds() async throws {
        let sink = RecordingAuditSink()
        let log = AuditLog(sink: sink)
        let hostile = "a\nb\r\u{2028}\u{1B}[2J\"}{\u{0}"
        await log.record(
            AuditEvent(
                .authentication, outcome: .failure(hostile), actor: .user(id: "u", username: hostile),
                address: "192.0.2.1", targets: [.app(id: "a", name: hostile)], debugData: ["origin": hostile]))
        let line = try #require(sink.lines.first)
        #expect(line.hasSuffix("\n"))
        #expect(line.utf8.filter { $0 < 0x20 }.count == 1)
        let event = try #require(try sink.events(.authentication).first)
        #expect(event.outcome.reason == hostile)
        #expect(event.actor.alternateId == hostile)
        #expect(event.debugContext.debugData["origin"] == hostile)
    }

    @Test func aLineHasTheMembersOfOktasSystemLog() async throws {
        let sink = RecordingAuditSink()
        let log = AuditLog(sink: sink, clock: VerifierClock { 1_780_000_000 })
        await log.record(
            AuditEvent(.userSessionStart, outcome: .success, actor: .user(id: "u", username: "a"), address: "::1"))
        let line = try #require(sink.lines.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["eventType"] as? String == "user.session.start")
        #expect(object["published"] as? String == "2026-05-28T20:26:40Z")
        #expect(object["severity"] as? String == "INFO")
        #expect((object["client"] as? [String: Any])?["ipAddress"] as? String == "::1")
        #expect((object["outcome"] as? [String: Any])?["result"] as? String == "SUCCESS")
        #expect((object["uuid"] as? String)?.count == 22)
    }

    @Test func theFileIsAppendedToAndItsOwnersAlone() async throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 {
            let log = AuditLog(sink: try FileAuditSink(path: folder.file("audit.jsonl")))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { await log.record(AuditEvent(.userCreate, outcome: .success)) } }
            }
        }
        let text = try String(contentsOfFile: folder.file("audit.jsonl"), encoding: .utf8)
        #expect(text.split(separator: "\n").count == 100)
        #expect(try folder.mode(of: "audit.jsonl") == 0o600)
    }

    @Test func aFileThatCannotBeOpenedIsNamed() throws {
        let error = try #require(throws: AuditSinkError.self) { _ = try FileAuditSink(path: "/proc/nonexistent/audit") }
        #expect(error.description.contains("/proc/nonexistent/audit"))
    }

    @Test func aFullDiskDoesNotStopTheCaller() async throws {
        let log = AuditLog(sink: try FileAuditSink(path: "/dev/full"))
        for _ in 0..<3 { await log.record(AuditEvent(.userCreate, outcome: .success)) }
    }
}
