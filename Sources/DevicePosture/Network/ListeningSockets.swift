// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The sockets of one of the kernel's tables `/proc/net/{tcp,tcp6,udp,udp6}` that take what strangers send.
struct ListeningSockets: Hashable, Sendable {
    /// A socket that is listened on.
    struct Socket: Hashable, Sendable {
        /// `tcp` or `udp`.
        let transport: String
        /// The port.
        let port: UInt16
        /// The address's bytes, 4 or 16 of them; an IPv4 address in an IPv6 one stands as itself.
        let address: [UInt8]

        /// Whether it can be reached from this machine alone.
        var isLoopback: Bool {
            address.count == 4 ? address[0] == 127 : address == Array(repeating: 0, count: 15) + [1]
        }

        /// The socket as the signal lists it, such as `tcp/22 0.0.0.0`.
        var description: String { "\(transport)/\(port) \(addressText)" }

        /// The address in its usual form (RFC 5952).
        private var addressText: String {
            if address.count == 4 { return address.map(String.init).joined(separator: ".") }
            let groups = stride(from: 0, to: 16, by: 2).map { UInt16(address[$0]) << 8 | UInt16(address[$0 + 1]) }
            var longest = 0..<0
            var start = 0
            while start < 8 {
                var end = start
                while end < 8 && groups[end] == 0 { end += 1 }
                if end - start > max(longest.count, 1) { longest = start..<end }
                start = end + 1
            }
            let texts = groups.map { String($0, radix: 16) }
            if longest.isEmpty { return texts.joined(separator: ":") }
            return texts[..<longest.lowerBound].joined(separator: ":") + "::"
                + texts[longest.upperBound...].joined(separator: ":")
        }
    }

    /// The longest table that is read, in bytes.
    static let limit = 8 * 1024 * 1024
    /// The states of sockets that are listened on, and of those that are not connected (`TCP_LISTEN`, `TCP_CLOSE`).
    private static let states = ["tcp": "0A", "udp": "07"]

    /// The sockets, in the order of the table.
    let sockets: [Socket]

    /// Parses a table, or gives `nil` where it is not one.
    ///
    /// - Parameter transport: `tcp` or `udp`, for either family.
    init?(parsing bytes: [UInt8], transport: String) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"))[...]
        guard let head = lines.popFirst(),
            head.drop(while: { $0 == UInt8(ascii: " ") }).starts(with: "sl  local_address".utf8)
        else { return nil }
        let state = Array((Self.states[transport] ?? "").utf8)
        var sockets: [Socket] = []
        for line in lines {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 4)
            guard fields.count == 5, let (address, port) = Self.endpoint(fields[1]) else { return nil }
            if fields[3].elementsEqual(state) {
                sockets.append(Socket(transport: transport, port: port, address: address))
            }
        }
        self.sockets = sockets
    }

    /// Address and port: words of 32 bits in hexadecimal as they lie in memory, a colon, four digits.
    private static func endpoint(_ field: ArraySlice<UInt8>) -> (address: [UInt8], port: UInt16)? {
        let parts = field.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, [8, 32].contains(parts[0].count), parts[1].count == 4,
            let port = UInt16(String(decoding: parts[1], as: UTF8.self), radix: 16)
        else { return nil }
        var address: [UInt8] = []
        for start in stride(from: parts[0].startIndex, to: parts[0].endIndex, by: 8) {
            let digits = String(decoding: parts[0][start..<start + 8], as: UTF8.self)
            guard digits.utf8.first != UInt8(ascii: "+"), let word = UInt32(digits, radix: 16) else { return nil }
            withUnsafeBytes(of: word) { address.append(contentsOf: $0) }
        }
        if address.count == 16, address.prefix(12).elementsEqual(Array(repeating: 0, count: 10) + [0xff, 0xff]) {
            address.removeFirst(12)
        }
        return (address, port)
    }
}

extension SystemView {
    /// All sockets that can be reached from other machines.
    func reachableSockets() throws(ReadFailure) -> Set<ListeningSockets.Socket> {
        var found: Set<ListeningSockets.Socket> = []
        for name in ["tcp", "tcp6", "udp", "udp6"] {
            let path = "/proc/net/\(name)"
            // A kernel without IPv6 lacks those tables, but none lacks the others.
            let bytes =
                name.hasSuffix("6")
                ? try readIfPresent(path, limit: ListeningSockets.limit)
                : try read(path, limit: ListeningSockets.limit)
            guard let bytes else { continue }
            guard let table = ListeningSockets(parsing: bytes, transport: String(name.prefix(3))) else {
                throw .malformed
            }
            found.formUnion(table.sockets.lazy.filter { !$0.isLoopback })
        }
        return found
    }
}
