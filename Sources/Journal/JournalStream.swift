// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Whether what the program writes to standard error goes to the journal.
package enum JournalStream {
    /// Whether standard error is the stream that the service manager tied to the journal (systemd.exec(5), `JOURNAL_STREAM`).
    ///
    /// The variable alone proves nothing: a child whose output goes elsewhere inherits it.
    package static func isStandardError(_ environment: [String: String]) -> Bool {
        isDescriptor(STDERR_FILENO, environment["JOURNAL_STREAM"])
    }

    static func isDescriptor(_ descriptor: Int32, _ variable: String?) -> Bool {
        let numbers = (variable ?? "").split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
        var status = stat()
        guard numbers.count == 2, fstat(descriptor, &status) == 0 else { return false }
        return numbers[0] == UInt64(status.st_dev) && numbers[1] == UInt64(status.st_ino)
    }
}
