// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What a descriptor is bound to (getsockname(2)), where it is an internet socket.
struct SocketName {
    /// The address and port.
    let endpoint: SocketEndpoint
    /// Whether it is a stream socket that listens.
    let isListeningStream: Bool

    init?(of descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
        let endpoint = withUnsafeBytes(of: storage) { SocketEndpoint(socketName: $0) }
        guard let endpoint else { return nil }
        self.endpoint = endpoint
        isListeningStream =
            Self.option(SO_ACCEPTCONN, of: descriptor) == 1
            && Self.option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
    }

    private static func option(_ option: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
    }
}

extension SocketEndpoint {
    /// The internet address and port of a `sockaddr_in` or `sockaddr_in6`, or `nil` for any other socket address.
    package init?(socketName bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= MemoryLayout<sockaddr_in>.size else { return nil }
        switch Int32(bytes.loadUnaligned(as: sockaddr.self).sa_family) {
        case AF_INET:
            let name = bytes.loadUnaligned(as: sockaddr_in.self)
            self.init(
                address: IPAddress(family: .v4, words: (name.sin_addr.s_addr, 0, 0, 0)),
                port: UInt16(bigEndian: name.sin_port))
        case AF_INET6:
            guard bytes.count >= MemoryLayout<sockaddr_in6>.size else { return nil }
            let name = bytes.loadUnaligned(as: sockaddr_in6.self)
            let words = withUnsafeBytes(of: name.sin6_addr) {
                $0.loadUnaligned(as: (UInt32, UInt32, UInt32, UInt32).self)
            }
            self.init(address: IPAddress(family: .v6, words: words), port: UInt16(bigEndian: name.sin6_port))
        default: return nil
        }
    }
}
