// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Files below a root, reached folder by folder from there, each opened below the one before: no symbolic link is ever followed, and
/// nothing is written where somebody else could exchange it.
struct GuardedTree: Sendable {
    /// The folder that stands for `/`.
    let root: String
    /// Who has to own every folder and file.
    let owner: UInt32

    /// The bytes of a file; `nil` where there is none.
    func read(_ path: String, limit: Int) throws(PolicyRefusal) -> [UInt8]? {
        let (parent, name) = try Self.split(path)
        guard let folder = try opened(parent) else { return nil }
        defer { close(folder) }
        guard try isFile(name, in: folder, as: path) else { return nil }
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .failed(path: path, errno: errno) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else { throw .tooLarge(path: path) }
        }
    }

    /// Writes a file whole or not at all, with the folders that are missing, readable by everybody.
    func write(_ bytes: [UInt8], to path: String) throws(PolicyRefusal) {
        let (parent, name) = try Self.split(path)
        guard let folder = try opened(parent, making: true) else { throw .failed(path: path, errno: ENOENT) }
        defer { close(folder) }
        _ = try isFile(name, in: folder, as: path)
        // What an interruption left; the name is this command's.
        let new = ".\(name).countersign-new"
        if try isFile(new, in: folder, as: "\(parent)/\(new)") { unlinkat(folder, new, 0) }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(folder, new, flags, 0o644)
        guard descriptor >= 0 else { throw .failed(path: path, errno: errno) }
        let failure = Self.fill(descriptor, with: bytes)
        close(descriptor)
        guard failure == 0, renameat(folder, new, folder, name) == 0 else {
            let number = failure == 0 ? errno : failure
            unlinkat(folder, new, 0)
            throw .failed(path: path, errno: number)
        }
        fsync(folder)
    }

    /// Removes a file; whether one was there.
    @discardableResult
    func remove(_ path: String) throws(PolicyRefusal) -> Bool {
        let (parent, name) = try Self.split(path)
        guard let folder = try opened(parent) else { return false }
        defer { close(folder) }
        guard try isFile(name, in: folder, as: path) else { return false }
        guard unlinkat(folder, name, 0) == 0 else { throw .failed(path: path, errno: errno) }
        fsync(folder)
        return true
    }

    /// Removes a folder, if it is empty; whether it is gone now.
    func removeFolder(_ path: String) -> Bool {
        do throws(PolicyRefusal) {
            let (parent, name) = try Self.split(path)
            guard let folder = try opened(parent) else { return true }
            defer { close(folder) }
            return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT
        } catch { return false }
    }

    /// The folders above a path that are not there, from the top down.
    func missingFolders(above path: String) throws(PolicyRefusal) -> [String] {
        var walked = ""
        var missing: [String] = []
        for part in try Self.parts(path).dropLast() {
            walked += "/\(part)"
            if !missing.isEmpty {
                missing.append(walked)
            } else if let folder = try opened(walked) {
                close(folder)
            } else {
                missing.append(walked)
            }
        }
        return missing
    }

    /// A folder that one process holds at a time.
    struct Lock: Sendable {
        fileprivate let folder: Int32?

        /// Lets the next one have it.
        func release() {
            if let folder { close(folder) }
        }
    }

    /// Waits until no other run holds the folder. Where it is not there, nothing was ever written.
    func lock(_ path: String) throws(PolicyRefusal) -> Lock {
        guard let folder = try opened(path) else { return Lock(folder: nil) }
        while flock(folder, LOCK_EX) != 0 {
            guard errno == EINTR else { break }
        }
        return Lock(folder: folder)
    }

    // MARK: Below

    private static func parts(_ path: String) throws(PolicyRefusal) -> [String] {
        let parts = path.split(separator: "/").map(String.init)
        guard path.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !parts.contains(".") else {
            throw .wrongKind(path: path)
        }
        return parts
    }

    private static func split(_ path: String) throws(PolicyRefusal) -> (parent: String, name: String) {
        let parts = try parts(path)
        return ("/" + parts.dropLast().joined(separator: "/"), parts[parts.count - 1])
    }

    /// The folder at a path, made where it is missing and that is wanted; `nil` where it is not there.
    private func opened(_ path: String, making: Bool = false) throws(PolicyRefusal) -> Int32? {
        var folder = open(root.isEmpty ? "/" : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .failed(path: root.isEmpty ? "/" : root, errno: errno) }
        var walked = ""
        do throws(PolicyRefusal) {
            for part in path.split(separator: "/").map(String.init) {
                walked += "/\(part)"
                var failure = ENOENT
                if making {
                    if mkdirat(folder, part, 0o755) == 0 {
                        // Whatever the mask of new files is, browsers of every user have to read it.
                        fchmodat(folder, part, 0o755, 0)
                        fsync(folder)
                    } else {
                        failure = errno
                    }
                }
                let next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard next >= 0 else {
                    let number = errno == ENOENT ? failure : errno
                    if number == ENOENT, !making {
                        close(folder)
                        return nil
                    }
                    throw Self.isLink(part, in: folder)
                        ? .link(path: walked)
                        : number == ENOTDIR ? .wrongKind(path: walked) : .failed(path: walked, errno: number)
                }
                close(folder)
                folder = next
                try check(folder, walked)
            }
        } catch {
            close(folder)
            throw error
        }
        return folder
    }

    private func check(_ descriptor: Int32, _ path: String) throws(PolicyRefusal) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed(path: path, errno: errno) }
        guard status.st_uid == owner, status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { throw .notOwned(path: path) }
    }

    /// Whether a plain file is at a name, rather than nothing.
    private func isFile(_ name: String, in folder: Int32, as path: String) throws(PolicyRefusal) -> Bool {
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw .failed(path: path, errno: errno) }
            return false
        }
        if status.st_mode & S_IFMT == S_IFLNK { throw .link(path: path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .wrongKind(path: path) }
        return true
    }

    private static func isLink(_ name: String, in folder: Int32) -> Bool {
        var status = stat()
        return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Fills a new file and has it reach the disk; the error number where that failed.
    private static func fill(_ descriptor: Int32, with bytes: [UInt8]) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            written += count
        }
        return fchmod(descriptor, 0o644) == 0 && fsync(descriptor) == 0 ? 0 : errno
    }
}
