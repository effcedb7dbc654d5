// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Lines on standard error, which the service manager puts into the journal by their level (sd-daemon(3)).
package final class HelperLog: Sendable {
    /// How much a line matters; the values of syslog(3).
    package enum Level: Int, Sendable {
        /// The helper cannot work.
        case error = 3
        /// Somebody was refused.
        case notice = 5
        /// Somebody was answered.
        case information = 6
    }

    private let lines: Mutex<@Sendable (String) -> Void>

    /// A log to standard error, or to where a test wants it.
    package init(_ write: @escaping @Sendable (String) -> Void = HelperLog.toStandardError) { lines = Mutex(write) }

    /// Writes a line. It names users by number and nothing of what they were told.
    package func write(_ level: Level, _ text: String) { lines.withLock { $0("<\(level.rawValue)>\(text)") } }

    /// Writes a line to standard error.
    @Sendable package static func toStandardError(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
