// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd
internal import Glibc

/// Reads the agent's entries back out of the journal (sd-journal(3)). It blocks, and is used by one thread.
package final class JournalReader {
    /// Which entries are read.
    package struct Selection: Hashable, Sendable {
        /// Whose agent: a user's number, which the journal itself noted.
        package var user: UInt32
        /// The least that matters.
        package var priority: JournalPriority
        /// From when on, in microseconds since 1970; `nil` for all.
        package var since: UInt64?

        /// A selection.
        package init(user: UInt32, priority: JournalPriority = .debug, since: UInt64? = nil) {
            self.user = user
            self.priority = priority
            self.since = since
        }
    }

    /// Why the journal cannot be read.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The number of the system's error.
        package var code: Int32
        package var description: String { "the journal cannot be read: \(String(cString: strerror(code)))" }
    }

    /// The longest field that is read, in bytes.
    private static let maximumLength = 16 * 1024
    private let journal: OpaquePointer

    /// A reader of this machine's journal that stands before the first entry of a selection.
    ///
    /// - Parameter directory: where journal files are, in place of the machine's own.
    package init(_ selection: Selection, directory: String? = nil) throws(Failure) {
        var opened: OpaquePointer?
        let result =
            directory.map { sd_journal_open_directory(&opened, $0, 0) }
            ?? sd_journal_open(&opened, Int32(SD_JOURNAL_LOCAL_ONLY))
        guard result >= 0, let opened else { throw Failure(code: -result) }
        journal = opened
        sd_journal_set_data_threshold(journal, Self.maximumLength)
        try match("SYSLOG_IDENTIFIER=\(JournalEntry.identifier)")
        try match("_UID=\(selection.user)")
        for priority in JournalPriority.allCases where priority <= selection.priority {
            try match("PRIORITY=\(priority.rawValue)")
        }
        try check(
            selection.since.map { sd_journal_seek_realtime_usec(journal, $0) } ?? sd_journal_seek_head(journal))
    }

    deinit { sd_journal_close(journal) }

    /// The next entry; `nil` where there is none yet.
    package func next() throws(Failure) -> JournalRecord? {
        while true {
            guard try check(sd_journal_next(journal)) > 0 else { return nil }
            var time: UInt64 = 0
            try check(sd_journal_get_realtime_usec(journal, &time))
            if let record = JournalRecord(time: time, fields: fields()) { return record }
        }
    }

    /// Waits until entries may have come, for some seconds at most.
    package func wait() throws(Failure) { try check(sd_journal_wait(journal, 5_000_000)) }

    private func fields() -> [[UInt8]] {
        var fields: [[UInt8]] = []
        sd_journal_restart_data(journal)
        var data: UnsafeRawPointer?
        var length = 0
        while fields.count < 256, sd_journal_enumerate_available_data(journal, &data, &length) > 0, let data {
            fields.append(Array(UnsafeRawBufferPointer(start: data, count: min(length, Self.maximumLength))))
        }
        return fields
    }

    private func match(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        try check(sd_journal_add_match(journal, bytes, bytes.count))
    }

    @discardableResult private func check(_ result: Int32) throws(Failure) -> Int32 {
        guard result >= 0 else { throw Failure(code: -result) }
        return result
    }
}
