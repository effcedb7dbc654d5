// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// The process that holds a socket, for display only: any program can bear any name.
package enum SocketProcess {
    /// The most processes and files that are looked at.
    private static let maximumProcesses = 4096
    private static let maximumFiles = 65536
    /// The longest name that is told, in characters.
    private static let maximumNameLength = 64
    /// The process that was found last: a browser brings one challenge after the other.
    private static let last = Mutex<pid_t?>(nil)

    /// The file name of the executable of a process of a user that holds the socket, or `nil` where none is found.
    ///
    /// Reads `/proc/PID/fd`, which may take some milliseconds: not for the cooperative pool.
    package static func name(inode: UInt64, uid: UInt32) -> String? {
        holder(of: inode, uid: uid).flatMap { target(of: "/proc/\($0)/exe") }.flatMap(displayName)
    }

    /// The process: the one that was found last if it is that, else the newest of the user's that is. What a person started is mostly
    /// newer than what the machine did.
    static func holder(of inode: UInt64, uid: UInt32) -> pid_t? {
        let wanted = Array("socket:[\(inode)]".utf8)
        var filesLeft = maximumFiles
        let known = last.withLock { $0 }
        if let known, isHolder(known, of: wanted, uid: uid, &filesLeft) { return known }
        for process in processes() where process != known && isHolder(process, of: wanted, uid: uid, &filesLeft) {
            last.withLock { $0 = process }
            return process
        }
        return nil
    }

    /// Whether a process of the user's holds the file of this name. Of a process whose files may not be seen, `/proc/PID` is not the
    /// user's own either.
    private static func isHolder(_ process: pid_t, of wanted: [UInt8], uid: UInt32, _ filesLeft: inout Int) -> Bool {
        var status = stat()
        guard filesLeft > 0, stat("/proc/\(process)", &status) == 0, status.st_uid == uid else { return false }
        var isFound = false
        eachEntry(of: "/proc/\(process)/fd") { folder, name in
            filesLeft -= 1
            isFound = Self.isLink(name, in: folder, to: wanted)
            return !isFound && filesLeft > 0
        }
        return isFound
    }

    private static func isLink(_ name: UnsafePointer<CChar>, in folder: Int32, to wanted: [UInt8]) -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: wanted.count + 1) { buffer in
            guard let start = buffer.baseAddress else { return false }
            let count = readlinkat(folder, name, start, buffer.count)
            return count == wanted.count && memcmp(start, wanted, count) == 0
        }
    }

    /// The processes that there are, the newest first.
    private static func processes() -> [pid_t] {
        var processes: [pid_t] = []
        eachEntry(of: "/proc") { _, name in
            // All that is no number reads as 0.
            let process = atoi(name)
            if process > 0 { processes.append(process) }
            return processes.count < maximumProcesses
        }
        return newestFirst(processes, after: lastProcess)
    }

    /// Processes in the order in which they were started, the last one first: numbers are given out upwards, and from the beginning
    /// again when they have run out.
    static func newestFirst(_ processes: [pid_t], after last: pid_t) -> [pid_t] {
        processes.sorted { UInt32(bitPattern: last &- $0) < UInt32(bitPattern: last &- $1) }
    }

    /// The number that was given out last, the last column of `/proc/loadavg` (proc(5)).
    private static var lastProcess: pid_t {
        guard let file = fopen("/proc/loadavg", "re") else { return .max }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let line = fgets(buffer.baseAddress, 256, file), let column = strrchr(line, 0x20) else { return .max }
            let last = atoi(column)
            return last > 0 ? last : .max
        }
    }

    /// Goes through a folder's entries until the body says no.
    private static func eachEntry(of folder: String, _ body: (Int32, UnsafePointer<CChar>) -> Bool) {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        var goesOn = true
        while goesOn, let entry = readdir(stream) {
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    if name[0] != CChar(bitPattern: UInt8(ascii: ".")) { goesOn = body(dirfd(stream), name) }
                }
            }
        }
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

    private static func target(of link: String) -> String? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        let text = buffer.bindMemory(to: CChar.self)
        guard let start = text.baseAddress else { return nil }
        let count = readlink(link, start, text.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
