// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc

/// A folder of a test's own, which is removed with all that is in it when the last reference goes.
package final class TemporaryFolder: Sendable {
    /// An absolute path.
    package let path: String

    /// Makes a folder that only this user can read.
    package init() throws {
        path = "/tmp/countersign-\(try SecureRandom.identifier())"
        guard mkdir(path, 0o700) == 0 else { throw TemporaryFolderError(path: path) }
    }

    deinit { Self.remove(path) }

    /// Writes a file.
    ///
    /// A program is copied into its place by another process: while this one has it open for writing, a child that some
    /// other test is just starting has it open too, and it cannot be run (ETXTBSY of execve(2)).
    package func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws {
        guard mode & 0o100 == 0 else {
            try write(text, to: name + ".source")
            let file = path + "/" + name
            guard system("cp '\(file).source' '\(file)' && chmod \(String(mode, radix: 8)) '\(file)'") == 0 else {
                throw TemporaryFolderError(path: name)
            }
            return
        }
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw TemporaryFolderError(path: name) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
            throw TemporaryFolderError(path: name)
        }
    }

    /// The text of a file; empty where there is none.
    package func read(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    /// The bytes of a file; none where there is none.
    package func bytes(_ name: String) -> [UInt8] {
        let descriptor = open(path + "/" + name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return all }
            all += chunk[..<count]
        }
    }

    /// The names of the files in a folder below, sorted.
    package func names(in folder: String = "") -> [String] { Self.names(path + "/" + folder).sorted() }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
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

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in names(path) { remove(path + "/" + name) }
        rmdir(path)
    }
}

/// A file of a test could not be made.
package struct TemporaryFolderError: Error {
    package let path: String
}
