// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One mounted file system, a line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct Mount: Hashable, Sendable {
    /// The device as `stat` shows it.
    var device: DeviceNumber
    /// Which folder of the file system is mounted.
    var rootInFileSystem: String
    /// Where it is mounted.
    var mountPoint: String
    /// The options of this mount alone.
    var options: [String]
    /// The type of the file system.
    var fileSystem: String
    /// What was mounted; for block devices mostly a path below `/dev`.
    var source: String
    /// The options of the whole file system, not of this mount.
    var superOptions: [String]

    /// Whether the file system can be written at all; that this mount is read-only does not matter.
    var isWritable: Bool { superOptions.contains("rw") }

    /// The value of an option of the file system.
    func option(_ name: String) -> String? {
        superOptions.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

/// All mounted file systems that this process sees, in the order in which they were mounted.
struct MountTable: Hashable, Sendable {
    /// Where it is read.
    static let path = "/proc/self/mountinfo"
    /// The most bytes that are read of it.
    static let limit = 8 * 1024 * 1024

    /// The mounts.
    let mounts: [Mount]

    /// Parses the table.
    ///
    /// - Throws: ``ReadFailure/malformed`` where a single line is not understood: a line that is skipped could be the one
    ///   volume that is not encrypted.
    init(parsing bytes: [UInt8]) throws(ReadFailure) {
        var mounts: [Mount] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let mount = Self.mount(String(decoding: line, as: UTF8.self)) else { throw .malformed }
            mounts.append(mount)
        }
        guard !mounts.isEmpty else { throw .malformed }
        self.mounts = mounts
    }

    /// The mount that a path lies on: the deepest mount point above it, the latest where several are on top of each other.
    func mount(holding path: String) -> Mount? {
        var best: Mount?
        for mount in mounts where Self.holds(mount.mountPoint, path) {
            if mount.mountPoint.utf8.count >= (best?.mountPoint.utf8.count ?? 0) { best = mount }
        }
        return best
    }

    private static func holds(_ mountPoint: String, _ path: String) -> Bool {
        guard mountPoint != "/" else { return true }
        let rest = path.utf8.dropFirst(mountPoint.utf8.count)
        return path.utf8.starts(with: mountPoint.utf8) && (rest.isEmpty || rest.first == UInt8(ascii: "/"))
    }

    private static func mount(_ line: String) -> Mount? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count >= 10, let dash = fields[6...].firstIndex(of: "-"), fields.count >= dash + 4,
            let device = DeviceNumber(fields[2]), fields[4].hasPrefix("/")
        else { return nil }
        return Mount(
            device: device, rootInFileSystem: unescaped(fields[3]), mountPoint: unescaped(fields[4]),
            options: fields[5].split(separator: ",").map(String.init), fileSystem: unescaped(fields[dash + 1]),
            source: unescaped(fields[dash + 2]),
            superOptions: fields[(dash + 3)...].joined(separator: " ").split(separator: ",").map { unescaped($0) })
    }

    /// A field with its octal escapes (`\040` for a blank) replaced.
    static func unescaped(_ field: some StringProtocol) -> String {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
