// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The kernel's table of TCP sockets as text (proc(5), `/proc/net/tcp` and `/proc/net/tcp6`).
struct SocketTable: Sendable {
    /// The folder of the tables.
    let root: String

    /// The most that is read of a table, in bytes: some hundred thousand sockets.
    private static let maximumBytes = 64 * 1024 * 1024

    /// The owner of the socket whose own end is `pair.local`.
    func find(_ pair: SocketPair) -> SocketOwner {
        if pair.local.address.family == .v4 {
            let mapped = SocketPair(
                local: SocketEndpoint(address: pair.local.address.mapped, port: pair.local.port),
                remote: SocketEndpoint(address: pair.remote.address.mapped, port: pair.remote.port))
            return find(pair, in: "tcp") ?? find(mapped, in: "tcp6") ?? .notFound
        }
        return find(pair, in: "tcp6") ?? .notFound
    }

    /// An established entry where there is one, else any other of the same pair.
    private func find(_ pair: SocketPair, in table: String) -> SocketOwner? {
        var found: SocketOwner?
        eachLine(of: "\(root)/\(table)") { line in
            guard let entry = Self.parse(line), entry.pair == pair else { return true }
            found = entry.owner
            return entry.owner == .closed
        }
        return found
    }

    /// One line of a table: `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …`.
    static func parse(_ line: some Collection<UInt8>) -> (pair: SocketPair, owner: SocketOwner)? {
        let columns = line.split(separator: UInt8(ascii: " "), maxSplits: 10, omittingEmptySubsequences: true)
        guard columns.count >= 10, let local = endpoint(columns[1]), let remote = endpoint(columns[2]),
            let state = number(columns[3], radix: 16), let uid = number(columns[7], radix: 10),
            let inode = number(columns[9], radix: 10)
        else { return nil }
        return (
            SocketPair(local: local, remote: remote),
            SocketOwner(
                state: UInt8(truncatingIfNeeded: state), uid: UInt32(truncatingIfNeeded: uid), inode: inode)
        )
    }

    /// Words of 32 bits in the order of the host, then the port.
    private static func endpoint(_ text: some Collection<UInt8>) -> SocketEndpoint? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let port = number(parts[1], radix: 16), let port = UInt16(exactly: port) else {
            return nil
        }
        var words: [UInt32] = []
        var rest = Array(parts[0])[...]
        while !rest.isEmpty {
            guard rest.count >= 8, let word = number(rest.prefix(8), radix: 16) else { return nil }
            words.append(UInt32(truncatingIfNeeded: word))
            rest = rest.dropFirst(8)
        }
        switch words.count {
        case 1: return SocketEndpoint(address: IPAddress(family: .v4, words: (words[0], 0, 0, 0)), port: port)
        case 4:
            return SocketEndpoint(
                address: IPAddress(family: .v6, words: (words[0], words[1], words[2], words[3])), port: port)
        default: return nil
        }
    }

    private static func number(_ digits: some Collection<UInt8>, radix: Int) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    }

    /// Reads a file line by line, until the body says no.
    private func eachLine(of path: String, _ body: (ArraySlice<UInt8>) -> Bool) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 128 * 1024)
        var total = 0
        while total < Self.maximumBytes {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            total += count
            pending.append(contentsOf: chunk[..<count])
            var start = pending.startIndex
            while let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
                guard body(pending[start..<end]) else { return }
                start = end + 1
            }
            pending.removeSubrange(..<start)
        }
    }
}
