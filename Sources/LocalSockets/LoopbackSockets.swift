// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Listening sockets on one port of the loopback addresses. They belong to whoever holds them: nothing closes them.
package struct LoopbackSockets: Hashable, Sendable {
    /// The port of all of them.
    package let port: Int
    /// The descriptors: 127.0.0.1 and, where the machine has it, ::1.
    package let descriptors: [Int32]
    /// The addresses with the port, as in a URL, in the order of the descriptors.
    package let addresses: [String]

    /// How many connections may wait to be accepted.
    private static let backlog: Int32 = 128

    /// Takes 127.0.0.1 and ::1 together on the first port of a list on which both can be had.
    ///
    /// A machine without IPv6 is served on 127.0.0.1 alone. `SO_REUSEPORT` is never set, so no other process can listen
    /// beside this one; `SO_REUSEADDR` is, which on Linux lets a port be taken again whose old connections are waiting to be
    /// forgotten, and never one on which somebody listens.
    /// - Throws: ``LoopbackSocketsError``.
    package static func listen(onFirstOf ports: [Int]) throws(LoopbackSocketsError) -> LoopbackSockets {
        for port in ports {
            guard let port = UInt16(exactly: port) else { throw .invalidPort(port) }
            let v4 = open(IPAddress.loopbackV4, port)
            guard case .success(let first, let taken) = v4 else {
                if case .failure(let code) = v4, code != EADDRINUSE, code != EACCES { throw .failed(errno: code) }
                continue
            }
            switch open(IPAddress.loopbackV6, taken) {
            case .success(let second, _):
                return LoopbackSockets(
                    port: Int(taken), descriptors: [first, second],
                    addresses: ["127.0.0.1:\(taken)", "[::1]:\(taken)"])
            case .failure(EADDRNOTAVAIL), .failure(EAFNOSUPPORT):
                return LoopbackSockets(port: Int(taken), descriptors: [first], addresses: ["127.0.0.1:\(taken)"])
            case .failure:
                close(first)
            }
        }
        throw .noFreePort(ports)
    }

    private enum Opened {
        case success(Int32, port: UInt16)
        case failure(Int32)
    }

    private static func open(_ address: IPAddress, _ port: UInt16) -> Opened {
        let isV6 = address.family == .v6
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(isV6 ? AF_INET6 : AF_INET, kind, 0)
        guard socket >= 0 else { return .failure(errno) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if isV6 { setsockopt(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
        keepOnLoopback(socket)
        guard bind(socket, address, port), Glibc.listen(socket, backlog) == 0, let bound = SocketName(of: socket) else {
            let code = errno
            close(socket)
            return .failure(code)
        }
        return .success(socket, port: bound.endpoint.port)
    }

    /// Binds a socket to the loopback interface, and with it all that it accepts: without privileges no such socket can ever be
    /// turned to another host, as connect(2) allows. Before Linux 5.7 this was for the privileged, and is left out.
    private static func keepOnLoopback(_ socket: Int32) {
        _ = setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3)
    }

    private static func bind(_ socket: Int32, _ address: IPAddress, _ port: UInt16) -> Bool {
        if address.family == .v4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = address.words.0
            return withUnsafeBytes(of: &name) { bind(socket, $0) }
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &name.sin6_addr) { target in
            withUnsafeBytes(of: address.words) { target.copyMemory(from: $0) }
        }
        return withUnsafeBytes(of: &name) { bind(socket, $0) }
    }

    private static func bind(_ socket: Int32, _ name: UnsafeRawBufferPointer) -> Bool {
        guard let start = name.baseAddress else { return false }
        return Glibc.bind(socket, start.assumingMemoryBound(to: sockaddr.self), socklen_t(name.count)) == 0
    }
}

extension LoopbackSockets {
    /// Listening TCP sockets on the loopback among descriptors that were inherited, or `nil` where there are none.
    ///
    /// - Throws: ``LoopbackSocketsError/inheritedNotLoopback`` where one listens on another address, or
    ///   ``LoopbackSocketsError/inheritedPortsDiffer`` where they do not share a port.
    package init?(inherited descriptors: [Int32]) throws(LoopbackSocketsError) {
        var found: [(Int32, SocketEndpoint)] = []
        for descriptor in descriptors {
            guard let name = SocketName(of: descriptor), name.isListeningStream else { continue }
            let address = name.endpoint.address
            guard address == .loopbackV4 || address == .loopbackV6 else { throw .inheritedNotLoopback }
            found.append((descriptor, name.endpoint))
        }
        guard let first = found.first else { return nil }
        let port = first.1.port
        guard found.allSatisfy({ $0.1.port == port }) else { throw .inheritedPortsDiffer }
        for (socket, _) in found { Self.keepOnLoopback(socket) }
        self.init(
            port: Int(port), descriptors: found.map(\.0),
            addresses: found.map { $0.1.address.family == .v4 ? "127.0.0.1:\(port)" : "[::1]:\(port)" })
    }
}

/// Why no listening sockets are to be had.
package enum LoopbackSocketsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Each port of the list is taken, on 127.0.0.1 or on ::1.
    case noFreePort([Int])
    /// A number that is no port.
    case invalidPort(Int)
    /// The system refused, with this `errno`.
    case failed(errno: Int32)
    /// An inherited socket listens on an address that others can reach.
    case inheritedNotLoopback
    /// The inherited sockets listen on different ports.
    case inheritedPortsDiffer

    package var description: String {
        switch self {
        case .noFreePort(let ports):
            "none of the ports \(ports.map(String.init).joined(separator: ", ")) is free on 127.0.0.1 and ::1; see "
                + "'ss -ltnp' for who listens there"
        case .invalidPort(let port): "\(port) is no port; ports are 0 to 65535"
        case .failed(let code): "cannot listen on the loopback: \(String(cString: strerror(code)))"
        case .inheritedNotLoopback:
            "an inherited socket listens on an address other than 127.0.0.1 and ::1; correct ListenStream"
        case .inheritedPortsDiffer: "the inherited sockets listen on different ports; give both addresses the same port"
        }
    }
}
