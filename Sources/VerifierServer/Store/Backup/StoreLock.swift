// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Says that somebody has the store open, to those who would replace it: an advisory lock on a file beside it.
///
/// SQLite's own locks are on the database file, which a restoration puts another one in the place of. The lock ends with the process,
/// however that ends.
final class StoreLock: Sendable {
    /// How the store is held.
    enum Use: Sendable {
        /// By any number of processes that read and write it.
        case shared
        /// By the one that replaces it.
        case exclusive
    }

    private let descriptor: Int32

    /// Takes the lock of a store, or refuses at once.
    ///
    /// - Throws: ``StoreBackupError/inUse(path:)`` or ``StoreBackupError/beingRestored(path:)``, by who is in the way.
    init(storePath: String, _ use: Use) throws(StoreBackupError) {
        let path = storePath + ".lock"
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw .failed(path: path, words: String(cString: strerror(errno))) }
        guard flock(opened, (use == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            let code = errno
            close(opened)
            guard code == EWOULDBLOCK else { throw .failed(path: path, words: String(cString: strerror(code))) }
            throw use == .exclusive ? .inUse(path: storePath) : .beingRestored(path: storePath)
        }
        descriptor = opened
        try DurableFile.giveToOwnerOfFolder(path)
    }

    deinit { close(descriptor) }
}
