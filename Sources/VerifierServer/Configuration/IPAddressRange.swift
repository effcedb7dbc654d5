// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An IPv4 or IPv6 address as bytes; an IPv6 spelling of an IPv4 address counts as that address.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes, in network order.
    package let bytes: [UInt8]

    /// An address in its usual spelling, or `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var parsed = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &parsed) == 1 {
            bytes = Array(parsed.prefix(4))
        } else if inet_pton(AF_INET6, text, &parsed) == 1 {
            bytes = parsed.starts(with: Self.mappedPrefix) ? Array(parsed.suffix(4)) : parsed
        } else {
            return nil
        }
    }

    /// Whether it is this machine's own: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
}

/// A range of addresses by prefix length, such as `10.0.0.0/8`; an address alone is a range of one.
package struct IPAddressRange: Hashable, Sendable {
    private let prefix: [UInt8]
    private let bits: Int

    /// A range, or `nil` where the text is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        prefix = address.bytes
        if parts.count == 2 {
            guard let bits = Int(parts[1]), (0...prefix.count * 8).contains(bits), !parts[1].hasPrefix("+") else {
                return nil
            }
            self.bits = bits
        } else {
            bits = prefix.count * 8
        }
    }

    /// Whether an address lies within.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.count else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> (bit % 8)
            return address.bytes[bit / 8] & mask == prefix[bit / 8] & mask
        }
    }
}
