// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A file that only the superuser can have written: no part of its path is a link, and nobody else may change any of it.
///
/// The path is walked from the root folder by folder, each opened below the one before, so that nothing is looked at that could
/// be exchanged in between.
package struct TrustedFile: Sendable {
    /// The folder that stands for `/`.
    package let root: String
    /// Who has to own everything; the superuser but in tests.
    package let owner: UInt32

    /// A file below a root.
    package init(root: String, owner: UInt32) {
        self.root = root
        self.owner = owner
    }

    /// The bytes of a file.
    package func read(_ path: String, limit: Int) throws(SignalProviderFailure) -> [UInt8] {
        let parts = path.split(separator: "/").map(String.init)
        guard let last = parts.last, path.hasPrefix("/"), !parts.contains(".."), !parts.contains(".") else {
            throw .notAFile(path: path)
        }
        var folder = open(root.isEmpty ? "/" : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .unreadable(path: "/", ReadFailure(errno: errno)) }
        defer { close(folder) }
        var walked = ""
        for part in parts.dropLast() {
            walked += "/\(part)"
            let next = try opened(part, below: folder, as: walked, O_DIRECTORY)
            close(folder)
            folder = next
            let status = try status(of: folder, walked)
            try check(status, walked)
        }
        let file = try opened(last, below: folder, as: path, O_NONBLOCK | O_NOCTTY)
        defer { close(file) }
        let status = try status(of: file, path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        try check(status, path)
        return try bytes(of: file, path, limit)
    }

    /// Where a path leads to a program that nobody but the owner can have put there, with all links followed, since packages
    /// have them; `nil` where somebody else could.
    ///
    /// It is the path that was looked at, so it is what has to be run: a link on the way to it could lead elsewhere by then. The
    /// folder of the path itself is looked at, too, since who may write it chooses which program it is.
    package func trustedProgram(_ path: String) -> String? {
        let whole = root + path
        guard let slash = whole.lastIndex(of: "/"), let program = Self.resolved(whole),
            let folder = Self.resolved(String(whole[...slash]))
        else { return nil }
        var status = stat()
        guard stat(program, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IXUSR != 0 else {
            return nil
        }
        return isTrusted(program) && isTrusted(folder) ? program : nil
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether a path without links and every folder above it are the owner's alone.
    private func isTrusted(_ path: String) -> Bool {
        var walked = path
        var status = stat()
        while true {
            guard stat(walked, &status) == 0, status.st_uid == owner, status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
                return false
            }
            guard walked != "/", walked != root, let slash = walked.lastIndex(of: "/") else { return true }
            walked = slash == walked.startIndex ? "/" : String(walked[..<slash])
        }
    }

    private func opened(
        _ name: String, below folder: Int32, as path: String, _ flags: Int32
    ) throws(SignalProviderFailure) -> Int32 {
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags)
        if descriptor >= 0 { return descriptor }
        let error = errno
        var status = stat()
        if fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFLNK {
            throw .link(path: path)
        }
        // A socket cannot be opened at all.
        if error == ENXIO { throw .notAFile(path: path) }
        throw .unreadable(path: path, ReadFailure(errno: error))
    }

    private func status(of descriptor: Int32, _ path: String) throws(SignalProviderFailure) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, ReadFailure(errno: errno)) }
        return status
    }

    private func check(_ status: stat, _ path: String) throws(SignalProviderFailure) {
        guard status.st_uid == owner else { throw .wrongOwner(path: path) }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { throw .writable(path: path) }
    }

    private func bytes(of file: Int32, _ path: String, _ limit: Int) throws(SignalProviderFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit + 1, 16 * 1024))
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, ReadFailure(errno: errno)) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
        }
    }
}
