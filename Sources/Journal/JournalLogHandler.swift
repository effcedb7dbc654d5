// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd
internal import Glibc
package import Logging

/// Writes log messages to the journal, each with its metadata as fields.
package struct JournalLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    private let send: @Sendable (JournalEntry) -> Void

    /// A handler.
    ///
    /// - Parameter send: where entries go: the journal but in tests.
    package init(send: @escaping @Sendable (JournalEntry) -> Void = { Self.toJournal($0) }) { self.send = send }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        send(JournalEntry("\(event.message)", priority: JournalPriority(event.level), metadata: all))
    }

    /// Sends an entry (sd_journal_sendv(3)); where the journal does not take it, it goes to standard error.
    @Sendable package static func toJournal(_ entry: JournalEntry) {
        let lines = entry.fields.map { Array("\($0.name)=\($0.value)".utf8) }
        var vectors: [iovec] = []
        var copies: [UnsafeMutableRawPointer] = []
        defer { for copy in copies { copy.deallocate() } }
        for line in lines {
            let copy = UnsafeMutableRawPointer.allocate(byteCount: line.count, alignment: 1)
            copy.copyMemory(from: line, byteCount: line.count)
            copies.append(copy)
            vectors.append(iovec(iov_base: copy, iov_len: line.count))
        }
        guard sd_journal_sendv(vectors, Int32(vectors.count)) < 0 else { return }
        let text = Array((entry.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ") + "\n").utf8)
        _ = Glibc.write(STDERR_FILENO, text, text.count)
    }
}
