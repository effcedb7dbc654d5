// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A netlink socket that asks the kernel for one TCP socket (sock_diag(7)).
final class SocketDiagnostics {
    /// What the kernel said.
    enum Answer: Hashable {
        /// The socket is there.
        case entry(SocketOwner)
        /// It is not.
        case none
        /// There was no answer that can be read.
        case unavailable
    }

    private struct Request {
        var header = nlmsghdr()
        var body = inet_diag_req_v2()
    }

    private let socket: Int32
    private var sequence: UInt32 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 8)

    /// A netlink socket, or `nil` where there are none to be had.
    init?() {
        socket = Glibc.socket(
            AF_NETLINK, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_SOCK_DIAG)
        guard socket >= 0 else {
            buffer.deallocate()
            return nil
        }
        // The kernel answers before the request returns: the time-out is a belt beside the braces.
        var timeout = timeval(tv_sec: 0, tv_usec: 100_000)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        if socket >= 0 {
            close(socket)
            buffer.deallocate()
        }
    }

    /// Looks for the socket whose own end is `pair.local`. An IPv4 pair also finds an IPv6 socket with mapped addresses.
    func find(_ pair: SocketPair) -> Answer {
        sequence &+= 1
        guard send(request(for: pair)) else { return .unavailable }
        for _ in 0..<8 {
            let length = recv(socket, buffer.baseAddress, buffer.count, 0)
            guard length >= MemoryLayout<nlmsghdr>.size else { return .unavailable }
            let header = buffer.loadUnaligned(as: nlmsghdr.self)
            // A late answer to an earlier request is passed over.
            guard header.nlmsg_seq == sequence else { continue }
            return answer(header, Int(length), to: pair)
        }
        return .unavailable
    }

    private func request(for pair: SocketPair) -> Request {
        var request = Request()
        request.header.nlmsg_len = UInt32(MemoryLayout<Request>.size)
        request.header.nlmsg_type = UInt16(SOCK_DIAG_BY_FAMILY)
        request.header.nlmsg_flags = UInt16(NLM_F_REQUEST)
        request.header.nlmsg_seq = sequence
        request.body.sdiag_family = UInt8(pair.local.address.family == .v4 ? AF_INET : AF_INET6)
        request.body.sdiag_protocol = UInt8(IPPROTO_TCP)
        request.body.idiag_states = UInt32.max
        request.body.id.idiag_sport = pair.local.port.bigEndian
        request.body.id.idiag_dport = pair.remote.port.bigEndian
        request.body.id.idiag_src = pair.local.address.words
        request.body.id.idiag_dst = pair.remote.address.words
        // INET_DIAG_NOCOOKIE: any socket of this four-tuple.
        request.body.id.idiag_cookie = (UInt32.max, UInt32.max)
        return request
    }

    private func send(_ request: Request) -> Bool {
        var kernel = sockaddr_nl()
        kernel.nl_family = sa_family_t(AF_NETLINK)
        return withUnsafeBytes(of: request) { bytes in
            withUnsafePointer(to: &kernel) { kernel in
                kernel.withMemoryRebound(to: sockaddr.self, capacity: 1) { kernel in
                    sendto(socket, bytes.baseAddress, bytes.count, 0, kernel, socklen_t(MemoryLayout<sockaddr_nl>.size))
                        == bytes.count
                }
            }
        }
    }

    private func answer(_ header: nlmsghdr, _ length: Int, to pair: SocketPair) -> Answer {
        let start = MemoryLayout<nlmsghdr>.size
        if header.nlmsg_type == UInt16(NLMSG_ERROR) {
            guard length >= start + MemoryLayout<Int32>.size else { return .unavailable }
            return buffer.loadUnaligned(fromByteOffset: start, as: Int32.self) == -ENOENT ? .none : .unavailable
        }
        guard header.nlmsg_type == UInt16(SOCK_DIAG_BY_FAMILY), length >= start + MemoryLayout<inet_diag_msg>.size
        else {
            return .unavailable
        }
        let entry = buffer.loadUnaligned(fromByteOffset: start, as: inet_diag_msg.self)
        guard Self.pair(of: entry) == pair else {
            // Where no connection matches, the kernel gives a listener of that port.
            return .none
        }
        return .entry(SocketOwner(state: entry.idiag_state, uid: entry.idiag_uid, inode: UInt64(entry.idiag_inode)))
    }

    private static func pair(of entry: inet_diag_msg) -> SocketPair {
        let family: IPAddress.Family = Int32(entry.idiag_family) == AF_INET ? .v4 : .v6
        return SocketPair(
            local: SocketEndpoint(
                address: IPAddress(family: family, words: entry.id.idiag_src),
                port: UInt16(bigEndian: entry.id.idiag_sport)),
            remote: SocketEndpoint(
                address: IPAddress(family: family, words: entry.id.idiag_dst),
                port: UInt16(bigEndian: entry.id.idiag_dport))
        ).unmapped
    }
}
