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

extension KeyStores {
    /// Destroys the keys that an interrupted enrolment left, unless an enrolment is under way now.
    ///
    /// - Parameter lockPath: the file that is locked during enrolments.
    package func removeOrphans(beside enrollments: any EnrollmentStore, lockPath: String) async throws {
        guard let lock = try StateLock(path: lockPath) else { return }
        defer { withExtendedLifetime(lock) {} }
        try await deleteAll(except: try await enrollments.all().flatMap(\.keys))
    }
}
