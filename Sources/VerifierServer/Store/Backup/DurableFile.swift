// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Files that are there whole or not at all, and stay there over a loss of power.
enum DurableFile {
    /// Makes an empty file that its owner alone may read.
    static func create(_ path: String) throws(StoreBackupError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        close(descriptor)
    }

    /// Brings a file to the disk.
    static func sync(_ path: String) throws(StoreBackupError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    /// Gives a file another name, in the place of what has it; the folder is brought to the disk.
    static func move(_ path: String, to target: String) throws(StoreBackupError) {
        guard rename(path, target) == 0 else { throw failure(target) }
        try sync(folder(of: target))
    }

    /// Gives a file a second name that nothing has; the folder is brought to the disk.
    static func link(_ path: String, as target: String) throws(StoreBackupError) {
        guard Glibc.link(path, target) == 0 else {
            throw errno == EEXIST ? .exists(path: target) : failure(target)
        }
        try sync(folder(of: target))
    }

    /// Makes a file that root made the file of its folder's owner: a service with a user of its own has to open it.
    static func giveToOwnerOfFolder(_ path: String) throws(StoreBackupError) {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard stat(folder(of: path), &status) == 0 else { throw failure(folder(of: path)) }
        guard lchown(path, status.st_uid, status.st_gid) == 0 else { throw failure(path) }
    }

    /// Removes a file and what SQLite lays beside it, where they are.
    static func remove(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Whether there is something of this name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The folder that a file is in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ path: String) -> StoreBackupError {
        .failed(path: path, words: String(cString: strerror(errno)))
    }
}
