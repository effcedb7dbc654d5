// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable {
    /// The two kinds of address.
    package enum Family: Hashable, Sendable {
        /// 4 bytes.
        case v4
        /// 16 bytes.
        case v6
    }

    /// The kind of address.
    package let family: Family
    /// Four words in the order of the network, as the kernel keeps them; an IPv4 address is the first.
    let words: (UInt32, UInt32, UInt32, UInt32)

    init(family: Family, words: (UInt32, UInt32, UInt32, UInt32)) {
        self.family = family
        self.words = words
    }

    /// An address of 4 bytes (IPv4) or 16 bytes (IPv6), or `nil` for any other number of them.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var words: [UInt32] = []
        for (index, byte) in bytes.enumerated() {
            if index % 4 == 0 { words.append(0) }
            words[index / 4] |= UInt32(byte) << UInt32((3 - index % 4) * 8)
        }
        words = words.map(\.bigEndian) + [0, 0, 0]
        family = bytes.count == 4 ? .v4 : .v6
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// `127.0.0.1`.
    package static let loopbackV4 = IPAddress(family: .v4, words: (UInt32(0x7F00_0001).bigEndian, 0, 0, 0))
    /// `::1`.
    package static let loopbackV6 = IPAddress(family: .v6, words: (0, 0, 0, UInt32(1).bigEndian))

    /// An IPv4-mapped address (RFC 4291 §2.5.5.2) as the IPv4 address that it stands for; any other as it is.
    package var unmapped: IPAddress {
        guard family == .v6, words.0 == 0, words.1 == 0, words.2 == Self.mappedPrefix else { return self }
        return IPAddress(family: .v4, words: (words.3, 0, 0, 0))
    }

    /// An IPv4 address as its IPv4-mapped IPv6 address; an IPv6 address as it is.
    package var mapped: IPAddress {
        guard family == .v4 else { return self }
        return IPAddress(family: .v6, words: (0, 0, Self.mappedPrefix, words.0))
    }

    private static let mappedPrefix = UInt32(0x0000_FFFF).bigEndian

    package static func == (left: IPAddress, right: IPAddress) -> Bool {
        left.family == right.family && left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(family)
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// One end of a TCP connection.
package struct SocketEndpoint: Hashable, Sendable {
    /// The address.
    package var address: IPAddress
    /// The port, in the order of the host.
    package var port: UInt16

    /// An end.
    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

/// A TCP connection as one of its ends sees it: the exact four-tuple.
package struct SocketPair: Hashable, Sendable {
    /// The end whose socket is meant.
    package var local: SocketEndpoint
    /// The other end.
    package var remote: SocketEndpoint

    /// A connection.
    package init(local: SocketEndpoint, remote: SocketEndpoint) {
        self.local = local
        self.remote = remote
    }

    /// The same connection as the other end sees it.
    package var reversed: SocketPair { SocketPair(local: remote, remote: local) }

    /// The same connection with IPv4-mapped addresses as the IPv4 addresses that they stand for.
    var unmapped: SocketPair {
        SocketPair(
            local: SocketEndpoint(address: local.address.unmapped, port: local.port),
            remote: SocketEndpoint(address: remote.address.unmapped, port: remote.port))
    }
}
