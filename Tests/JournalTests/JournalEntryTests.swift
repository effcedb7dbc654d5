// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Synchronization
import Testing

@testable import Journal

/// What is written to the journal, and what is understood of what stands there.
@Suite struct JournalEntryTests {
    private static func fields(_ entry: JournalEntry) -> [String: String] {
        Dictionary(entry.fields.map { ($0.name, $0.value) }) { _, last in last }
    }

    @Test("a message has its priority and its metadata as fields") func fields() {
        let entry = JournalEntry(
            "followed the keys", priority: .notice,
            metadata: ["issuer": "https://id.example.com", "key-set.number": "3", "é": "x"])
        #expect(
            Self.fields(entry) == [
                "MESSAGE": "followed the keys", "PRIORITY": "5", "SYSLOG_IDENTIFIER": "countersign-agent",
                "COUNTERSIGN_ISSUER": "https://id.example.com", "COUNTERSIGN_KEY_SET_NUMBER": "3",
            ])
    }

    @Test("what others sent makes one line of bounded length") func lines() {
        let entry = JournalEntry(
            "bad\nPRIORITY=0\u{1B}[31m", priority: .info, metadata: ["long": "\(String(repeating: "é", count: 4000))"])
        #expect(entry.fields[0].value == "bad PRIORITY=0 [31m")
        #expect(Self.fields(entry)["COUNTERSIGN_LONG"]?.utf8.count == JournalEntry.maximumLength)
        let many = Dictionary(uniqueKeysWithValues: (0..<40).map { ("k\($0)", Logger.MetadataValue.string("v")) })
        #expect(JournalEntry("m", priority: .info, metadata: many).fields.count == 3 + JournalEntry.mostFields)
    }

    @Test("a logger writes its messages by level") func handler() {
        let sent = Mutex<[JournalEntry]>([])
        var logger = Logger(label: "agent") { _ in JournalLogHandler { entry in sent.withLock { $0.append(entry) } } }
        logger.logLevel = .notice
        logger[metadataKey: "own"] = "1"
        logger.info("not written")
        logger.critical("written", metadata: ["more": "2"])
        let entries = sent.withLock { $0 }
        #expect(
            entries == [JournalEntry("written", priority: .critical, metadata: ["own": "1", "more": "2"])])
    }

    @Test("the levels have the numbers of syslog") func priorities() {
        #expect(Logger.Level.allCases.map { JournalPriority($0).rawValue } == [7, 7, 6, 5, 4, 3, 2])
        #expect(JournalPriority(name: "warning") == .warning)
        #expect(JournalPriority(name: "loud") == nil)
    }

    @Test("standard error is the journal's where device and inode agree") func stream() {
        var status = stat()
        #expect(fstat(STDERR_FILENO, &status) == 0)
        let own = "\(status.st_dev):\(status.st_ino)"
        #expect(JournalStream.isStandardError(["JOURNAL_STREAM": own]))
        for other in [
            "\(status.st_dev):\(status.st_ino + 1)", "\(status.st_dev + 1):\(status.st_ino)", own + ":1", "", ":",
        ] {
            #expect(!JournalStream.isStandardError(["JOURNAL_STREAM": other]), "\(other)")
        }
        #expect(!JournalStream.isStandardError([:]))
    }

    @Test("an entry is understood by its fields") func record() throws {
        func bytes(_ lines: String...) -> [[UInt8]] { lines.map { Array($0.utf8) } }
        let record = try #require(
            JournalRecord(
                time: 7, fields: bytes("MESSAGE=a=b", "PRIORITY=4", "COUNTERSIGN_ISSUER=https://x", "_PID=1", "rubbish")
            ))
        #expect(record.message == "a=b")
        #expect(record.priority == .warning)
        #expect(record.fields == ["issuer": "https://x"])
        #expect(JournalRecord(time: 7, fields: bytes("PRIORITY=4")) == nil)
        #expect(JournalRecord(time: 7, fields: [Array("MESSAGE=".utf8) + [0xFF]]) == nil)
        #expect(JournalRecord(time: 7, fields: bytes("MESSAGE=m", "PRIORITY=9"))?.priority == .info)
    }
}
