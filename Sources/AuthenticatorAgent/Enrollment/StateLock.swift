// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A lock on a file that other processes of the person respect; it ends with the process at the latest.
package final class StateLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or gives `nil` where another process holds it. Never waits.
    ///
    /// - Throws: ``EnrollmentError`` where the file cannot be made.
    package init?(path: String) throws(EnrollmentError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw EnrollmentError(.state, "'\(path)' cannot be made: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
