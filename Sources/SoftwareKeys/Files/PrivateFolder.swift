// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import Glibc

/// A folder that only the person can read, with files that only the person can read.
///
/// A file is there whole or not at all: it is written beside its place, made durable, and put in place in one step. Blocking.
struct PrivateFolder: Sendable {
    let path: String

    /// The longest file that is read, in bytes.
    private static let longestFile = 65536
    private static let temporaryPrefix = ".tmp-"

    /// Makes the folder where it is missing, and refuses one that others may look into.
    func prepare() throws(DeviceKeyError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure("cannot be made", path) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure("cannot be read", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw DeviceKeyError(.unavailable, "'\(path)' is not a folder: move it out of the way")
        }
        try check(status, path)
    }

    /// The bytes of a file; `nil` where there is none.
    func read(_ name: String) throws(DeviceKeyError) -> [UInt8]? {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be read", file(name))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw DeviceKeyError(.unavailable, "'\(file(name))' is not a plain file")
        }
        try check(status, file(name))
        guard status.st_size <= Self.longestFile else {
            throw DeviceKeyError(.keyDamaged, "'\(file(name))' is longer than anything that belongs there")
        }
        var bytes = [UInt8](repeating: 0, count: Self.longestFile)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure("cannot be read", file(name)) }
            if got == 0 { break }
            count += got
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Puts a file in place, and returns when it is durable.
    func write(_ bytes: [UInt8], to name: String) throws(DeviceKeyError) {
        let temporary = file(try temporaryName())
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be written", file(name)) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let isWhole = written == bytes.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isWhole, rename(temporary, file(name)) == 0 else {
            if isWhole == false { errno = reason }
            let error = failure("cannot be written", file(name))
            unlink(temporary)
            throw error
        }
        try synchronize()
    }

    /// Removes a file durably; no error where it is gone.
    func remove(_ name: String) throws(DeviceKeyError) {
        if unlink(file(name)) != 0, errno != ENOENT { throw failure("cannot be removed", file(name)) }
        try synchronize()
    }

    /// Whether there is a file of this name.
    func contains(_ name: String) -> Bool { access(file(name), F_OK) == 0 }

    /// The names of all files, those that an interrupted write left among them.
    func names() throws(DeviceKeyError) -> [String] {
        guard let folder = opendir(path) else { throw failure("cannot be read", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Whether a name is of a file that an interrupted write left.
    static func isTemporary(_ name: String) -> Bool { name.hasPrefix(temporaryPrefix) }

    /// Keeps other processes out of what the body does.
    func locked<Value>(_ body: () throws(DeviceKeyError) -> Value) throws(DeviceKeyError) -> Value {
        let descriptor = open(file("lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be locked", path) }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("cannot be locked", path) }
        }
        return try body()
    }

    private func file(_ name: String) -> String { path + "/" + name }

    private func temporaryName() throws(DeviceKeyError) -> String {
        do { return try SecureRandom.identifier(prefix: Self.temporaryPrefix) } catch {
            throw DeviceKeyError(.unavailable, "no random numbers: \(error)")
        }
    }

    private func synchronize() throws(DeviceKeyError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be read", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be made durable", path) }
    }

    private func check(_ status: stat, _ name: String) throws(DeviceKeyError) {
        guard status.st_uid == geteuid() else {
            throw DeviceKeyError(
                .unavailable,
                "'\(name)' belongs to another user: run 'chown \(geteuid()) \(name)' after finding out why")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw DeviceKeyError(.unavailable, "'\(name)' is open to other users: run 'chmod go= \(name)'")
        }
    }

    private func failure(_ what: String, _ name: String) -> DeviceKeyError {
        let reason = String(cString: strerror(errno))
        return DeviceKeyError(.unavailable, "'\(name)' \(what): \(reason)")
    }
}
