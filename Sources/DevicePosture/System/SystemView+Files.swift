// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension SystemView {
    /// The bytes of a file.
    ///
    /// Never waits for a pipe or a device: only plain files, which include those of `/proc` and `/sys`, are read.
    ///
    /// - Throws: ``ReadFailure``; a file that is longer than `limit` is a failure, never cut.
    public func read(_ path: String, limit: Int = 64 * 1024) throws(ReadFailure) -> [UInt8] {
        let descriptor = try opened(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ReadFailure(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .wrongKind }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit + 1, 16 * 1024))
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ReadFailure(errno: errno) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }

    /// The first bytes of a file, all of it where it is shorter; never waits either.
    func prefix(of path: String, count: Int) throws(ReadFailure) -> [UInt8] {
        let descriptor = try opened(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ReadFailure(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .wrongKind }
        var buffer = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
            }
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { throw ReadFailure(errno: errno) }
            if read == 0 { break }
            filled += read
        }
        return Array(buffer[..<filled])
    }

    /// The text of a file, with bytes that are not UTF-8 replaced.
    public func text(_ path: String, limit: Int = 64 * 1024) throws(ReadFailure) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// The single line of an attribute file of `/sys` or `/proc`, without white space around it.
    public func attribute(_ path: String) throws(ReadFailure) -> String {
        try text(path, limit: 4096).trimmed
    }

    /// The same, or `nil` where there is no such file.
    public func attributeIfPresent(_ path: String) throws(ReadFailure) -> String? {
        try readIfPresent(path, limit: 4096).map { String(decoding: $0, as: UTF8.self).trimmed }
    }

    /// The bytes of a file, or `nil` where there is no such file.
    public func readIfPresent(_ path: String, limit: Int = 64 * 1024) throws(ReadFailure) -> [UInt8]? {
        do {
            return try read(path, limit: limit)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
    }

    /// The names in a folder in sorted order, without `.` and `..`.
    public func list(_ path: String, limit: Int = 65536) throws(ReadFailure) -> [String] {
        let descriptor = try opened(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_DIRECTORY)
        guard let folder = fdopendir(descriptor) else {
            let failure = ReadFailure(errno: errno)
            close(descriptor)
            throw failure
        }
        defer { closedir(folder) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            guard names.count <= limit else { throw .tooLarge(limit: limit) }
            errno = 0
        }
        guard errno == 0 else { throw ReadFailure(errno: errno) }
        return names.sorted()
    }

    /// Whether something is there; what cannot be told is thrown.
    public func exists(_ path: String) throws(ReadFailure) -> Bool {
        var status = stat()
        do {
            if stat(try hostPath(path), &status) == 0 { return true }
        } catch ReadFailure.absent {
            return false
        } catch {
            throw error
        }
        let failure = ReadFailure(errno: errno)
        guard failure == .absent else { throw failure }
        return false
    }

    /// The first of these paths at which something is; what cannot be told is thrown.
    func firstExisting(of paths: [String]) throws(ReadFailure) -> String? {
        for path in paths where try exists(path) { return path }
        return nil
    }

    /// The owner of a file or folder.
    public func owner(of path: String) throws(ReadFailure) -> UInt32 {
        var status = stat()
        guard stat(try hostPath(path), &status) == 0 else { throw ReadFailure(errno: errno) }
        return UInt32(status.st_uid)
    }

    /// The length of a file in bytes, or `nil` where there is none.
    func size(of path: String) throws(ReadFailure) -> Int? { try identity(of: path).map { Int($0.size) } }

    /// When a file was last written, in seconds since 1970-01-01 UTC, or `nil` where there is none.
    func modified(_ path: String) throws(ReadFailure) -> Int64? { try identity(of: path).map { Int64($0.modified[0]) } }

    /// The path that a path leads to below the root once all symbolic links are followed.
    ///
    /// - Throws: ``ReadFailure`` where a part is not there, or more than 40 links are met.
    public func canonical(_ path: String) throws(ReadFailure) -> String {
        if root.isEmpty, path.hasPrefix("/") {
            guard let resolved = realpath(path, nil) else { throw ReadFailure(errno: errno) }
            defer { free(resolved) }
            return String(cString: resolved)
        }
        var pending: [Substring] = path.split(separator: "/").reversed()
        var done = ""
        var links = 0
        while let part = pending.popLast() {
            if part == "." { continue }
            if part == ".." {
                done = String(done[..<(done.lastIndex(of: "/") ?? done.startIndex)])
                continue
            }
            guard let target = try link(at: "\(root)\(done)/\(part)") else {
                done += "/\(part)"
                continue
            }
            links += 1
            guard links <= 40 else { throw .failed(errno: ELOOP) }
            if target.hasPrefix("/") { done = "" }
            pending.append(contentsOf: target.split(separator: "/").reversed())
        }
        return done.isEmpty ? "/" : done
    }

    /// Where a symbolic link points, or `nil` where the path is something else.
    private func link(at hostPath: String) throws(ReadFailure) -> String? {
        var status = stat()
        guard lstat(hostPath, &status) == 0 else { throw ReadFailure(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFLNK else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(hostPath, &buffer, buffer.count - 1)
        guard count >= 0 else { throw ReadFailure(errno: errno) }
        return String(decoding: buffer[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The path that the kernel is given; on the real root it follows links itself.
    func hostPath(_ path: String) throws(ReadFailure) -> String {
        if root.isEmpty { return path }
        // Who may not look into a folder does not see what is in it; a file itself may be there for all to see.
        guard closedPaths.isEmpty || !closedPaths.contains(where: { path.hasPrefix($0 + "/") }) else { throw .denied }
        return root + (try canonical(path))
    }

    func opened(_ path: String, _ flags: Int32) throws(ReadFailure) -> Int32 {
        guard closedPaths.isEmpty || !closedPaths.contains(path) else { throw .denied }
        let descriptor = open(try hostPath(path), flags)
        guard descriptor >= 0 else { throw ReadFailure(errno: errno) }
        return descriptor
    }
}
