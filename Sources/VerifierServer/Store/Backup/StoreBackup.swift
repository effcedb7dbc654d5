// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A copy of the store in a file, made while the verifier runs.
package struct StoreBackup: Sendable {
    /// The copy's path.
    package let path: String
    /// How many bytes it has.
    package let bytes: Int
    /// The version of its form.
    package let schema: String

    /// Copies a store at one point in time.
    ///
    /// The file appears whole, checked and on the disk, with mode 0600, or not at all. It lacks the key file beside the store, without
    /// which the keys in it cannot be used.
    /// - Parameter isReplacing: whether an earlier file of the name is replaced; that stays where this one fails.
    /// - Throws: ``StoreBackupError``.
    package init(of storePath: String, at path: String, replacing isReplacing: Bool) throws(StoreBackupError) {
        guard isReplacing || !DurableFile.exists(path) else { throw .exists(path: path) }
        guard DurableFile.exists(storePath) else { throw .failed(path: storePath, words: "there is no store") }
        let lock = try StoreLock(storePath: storePath, .shared)
        defer { withExtendedLifetime(lock) {} }
        let turn = try Turn(folder: DurableFile.folder(of: path))
        defer { withExtendedLifetime(turn) {} }
        let partial = path + ".partial"
        let findings: StoreCopy.Findings
        do {
            findings = try StoreCopy.make(from: storePath, to: partial)
            if isReplacing {
                try DurableFile.move(partial, to: path)
            } else {
                try DurableFile.link(partial, as: path)
            }
        } catch {
            DurableFile.remove(partial)
            throw error
        }
        DurableFile.remove(partial)
        self.path = path
        bytes = findings.bytes
        schema = findings.schema
    }

    /// One backup after the other into a folder: what an interrupted one left there is not another's that runs.
    private final class Turn {
        private let descriptor: Int32

        init(folder: String) throws(StoreBackupError) {
            let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard opened >= 0 else { throw .failed(path: folder, words: String(cString: strerror(errno))) }
            guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
                close(opened)
                throw .anotherBackup(folder: folder)
            }
            descriptor = opened
        }

        deinit { close(descriptor) }
    }
}
