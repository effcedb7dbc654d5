// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import VerifierServer
internal import WireProtocol

/// What the commands print.
enum Console {
    /// A line on standard output.
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// A value in JSON on standard output.
    static func say(json value: some Encodable) throws {
        say(String(decoding: try JSON.encode(value, pretty: true), as: UTF8.self))
    }

    /// A line on standard error.
    static func note(_ line: String) { write(Array((line + "\n").utf8)) }

    /// A failure on standard error.
    static func report(_ failure: Failure) {
        note("verifier: \(failure.message)")
        if let hint = failure.hint { note("hint: \(hint)") }
    }

    /// Bytes on standard error.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Lines of columns, aligned.
    static func table(_ rows: [[String]]) {
        guard let columns = rows.first?.count else { return }
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { index, cell in
                index == columns - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            say(cells.joined(separator: "  "))
        }
    }
}

/// Writes audit lines to standard error, so that they do not mix with what a command prints.
struct StandardErrorAuditSink: AuditSink {
    func write(_ line: [UInt8]) { Console.write(line) }
}
