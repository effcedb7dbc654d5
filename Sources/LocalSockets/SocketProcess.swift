// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The process that holds a socket, for display only: any program can bear any name.
package enum SocketProcess {
    /// The most processes and files that are looked at.
    private static let maximumProcesses = 4096
    private static let maximumFiles = 65536
    /// The longest name that is told, in characters.
    private static let maximumNameLength = 64

    /// The file name of the executable of a process of this user that holds the socket, or `nil` where none is found.
    ///
    /// Reads `/proc/*/fd`, which may take some milliseconds: not for the cooperative pool.
    package static func name(inode: UInt64) -> String? {
        let wanted = "socket:[\(inode)]"
        var files = 0
        for process in entries(of: "/proc", limit: maximumProcesses)
        where process.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard files < maximumFiles else { return nil }
            for file in entries(of: "/proc/\(process)/fd", limit: maximumFiles - files) {
                files += 1
                guard target(of: "/proc/\(process)/fd/\(file)") == wanted else { continue }
                return target(of: "/proc/\(process)/exe").flatMap(displayName)
            }
        }
        return nil
    }

    /// The last part of a path, where all its characters can be shown.
    static func displayName(_ path: String) -> String? {
        let name = path.split(separator: "/").last ?? ""
        guard !name.isEmpty, name.unicodeScalars.allSatisfy({ $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F })
        else {
            return nil
        }
        return String(name.prefix(maximumNameLength))
    }

    private static func entries(of folder: String, limit: Int) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func target(of link: String) -> String? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        let text = buffer.bindMemory(to: CChar.self)
        guard let start = text.baseAddress else { return nil }
        let count = readlink(link, start, text.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
