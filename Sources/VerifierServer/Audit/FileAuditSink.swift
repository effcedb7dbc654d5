// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Logging
internal import Synchronization

/// Writes the audit log to a file that is only appended to, or to standard output.
package final class FileAuditSink: AuditSink {
    private let descriptor: Int32
    private let path: String
    private let failures = Atomic<Int>(0)
    private let logger = Logger(label: "audit")

    /// Standard output.
    package init() {
        descriptor = STDOUT_FILENO
        path = "standard output"
    }

    /// A file, made with mode 0600 where there is none.
    ///
    /// - Throws: ``AuditSinkError`` where it cannot be opened.
    package init(path: String) throws(AuditSinkError) {
        let opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw AuditSinkError(path: path, reason: String(cString: strerror(errno))) }
        descriptor = opened
        self.path = path
    }

    deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

    package func write(_ line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return reportFailure(String(cString: strerror(errno))) }
            rest = rest.dropFirst(written)
        }
        failures.store(0, ordering: .relaxed)
    }

    private func reportFailure(_ reason: String) {
        let count = failures.wrappingAdd(1, ordering: .relaxed).newValue
        guard count == 1 || count.isMultiple(of: 1000) else { return }
        logger.error("cannot write the audit log: \(reason)", metadata: ["path": "\(path)", "lost": "\(count)"])
    }
}

/// The audit log's file could not be opened.
package struct AuditSinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// The system's words.
    package let reason: String

    package var description: String { "cannot open the audit log \(path): \(reason)" }
}
