// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import WireProtocol

/// What a command prints: results on standard output, all else on standard error.
enum Console {
    /// The process's environment.
    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }

    /// A line of the result.
    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// The result for a program.
    static func print(json value: some Encodable) throws {
        print(String(decoding: try JSON.encode(value, pretty: true), as: UTF8.self))
    }

    /// One of many results for a program, on a line of its own.
    static func print(line value: some Encodable) throws {
        print(String(decoding: try JSON.encode(value), as: UTF8.self))
    }

    /// A line about how it goes.
    static func note(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// A question, whose answer is typed behind it.
    static func prompt(_ question: String) { write(question, to: STDERR_FILENO) }

    /// A warning.
    static func warn(_ message: String, hint: String? = nil) {
        note(Style.warning.apply("warning:", on: STDERR_FILENO) + " " + message)
        if let hint { note("hint: \(hint)") }
    }

    /// Why a command failed.
    static func report(_ failure: CommandFailure) {
        note(Style.error.apply("error:", on: STDERR_FILENO) + " " + failure.message)
        if let hint = failure.hint { note("hint: \(hint)") }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}

/// How a word looks on a terminal; elsewhere, and with NO_COLOR, it looks like nothing (no-color.org).
enum Style: String {
    case error = "1;31"
    case warning = "1;33"
    case good = "32"
    case faint = "2"
    case heading = "1"

    func apply(_ text: String, on descriptor: Int32 = STDOUT_FILENO) -> String {
        Self.isUsed(on: descriptor) ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }

    private static func isUsed(on descriptor: Int32) -> Bool {
        let noColor = getenv("NO_COLOR").map { String(cString: $0) } ?? ""
        let terminal = getenv("TERM").map { String(cString: $0) } ?? ""
        return noColor.isEmpty && terminal != "dumb" && isatty(descriptor) == 1
    }
}
