// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An address of IPv4 or IPv6, as a number.
///
/// An IPv4 address in IPv6's clothes (`::ffff:192.0.2.1`) is that IPv4 address: a server that listens on both sees
/// either.
public struct IPAddress: Hashable, Sendable, Comparable {
    /// Which of the two.
    public enum Version: Int, Hashable, Sendable {
        /// IPv4, 32 bits.
        case four = 32
        /// IPv6, 128 bits.
        case six = 128
    }

    /// Which of the two.
    public let version: Version
    /// The address as a number, most significant bit first.
    public let number: UInt128

    /// The address that a text states: IPv4 with four decimal numbers (no leading zeros, which some take as octal), IPv6 as
    /// RFC 4291 §2.2 has it, without a zone after `%` and without brackets.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 45 else { return nil }
        if !bytes.contains(UInt8(ascii: ":")) {
            guard let number = Self.four(bytes[...]) else { return nil }
            self.init(version: .four, number: UInt128(number))
        } else {
            guard let number = Self.six(bytes) else { return nil }
            self.init(version: .six, number: number)
        }
    }

    private init(version: Version, number: UInt128) {
        let isMapped = version == .six && number >> 32 == 0xFFFF
        self.version = isMapped ? .four : version
        self.number = isMapped ? number & 0xFFFF_FFFF : number
    }

    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.version.rawValue, left.number) < (right.version.rawValue, right.number)
    }

    private static func four(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                part.allSatisfy({ (48...57).contains($0) })
            else { return nil }
            let octet = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 48) }
            guard octet <= 255 else { return nil }
            number = number << 8 | octet
        }
        return number
    }

    private static func six(_ bytes: [UInt8]) -> UInt128? {
        // What stands before and after `::`; without one, all of it is before.
        guard let gap = firstGap(bytes) else {
            guard let groups = groups(bytes[...]), groups.count == 8 else { return nil }
            return join(groups)
        }
        guard let before = groups(bytes[..<gap], mayEndInFour: false), let after = groups(bytes[(gap + 2)...]),
            before.count + after.count <= 7
        else { return nil }
        return join(before + Array(repeating: 0, count: 8 - before.count - after.count) + after)
    }

    private static func firstGap(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropLast().first { bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: ":") }
    }

    /// The groups of 16 bits with colons between them; the last of an address may be one of IPv4.
    private static func groups(_ bytes: ArraySlice<UInt8>, mayEndInFour: Bool = true) -> [UInt16]? {
        if bytes.isEmpty { return [] }
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInFour, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let four = four(part) else { return nil }
                groups += [UInt16(four >> 16), UInt16(four & 0xFFFF)]
                continue
            }
            guard (1...4).contains(part.count), part.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups
    }

    private static func join(_ groups: [UInt16]) -> UInt128 { groups.reduce(0) { $0 << 16 | UInt128($1) } }
}

/// Addresses from one to another, both meant.
public struct IPAddressRange: Hashable, Sendable {
    /// The first.
    public let first: IPAddress
    /// The last.
    public let last: IPAddress

    /// Whether an address is among them.
    public func contains(_ address: IPAddress) -> Bool {
        address.version == first.version && first.number <= address.number && address.number <= last.number
    }

    /// The addresses of a network, such as `192.0.2.0/24`; bits after the prefix do not count.
    public init?(cidr text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        // A mapped address has become one of IPv4, which its prefix does not fit.
        guard parts.count == 1 || !parts[0].contains(":") || address.version == .six else { return nil }
        let bits = address.version.rawValue
        var prefix = bits
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
                parts[1].utf8.count == 1 || parts[1].utf8.first != UInt8(ascii: "0"), let number = Int(parts[1]),
                number <= bits
            else { return nil }
            prefix = number
        }
        let host: UInt128 = prefix == 0 ? Self.ones(bits) : Self.ones(bits - prefix)
        first = address.with(address.number & ~host)
        last = address.with(address.number | host)
    }

    /// The addresses of a range, such as `192.0.2.1-192.0.2.9`; a single address is a range as well.
    public init?(range text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = IPAddress(parts[0]), let last = IPAddress(parts[parts.count - 1]),
            first.version == last.version, first.number <= last.number
        else { return nil }
        self.first = first
        self.last = last
    }

    private static func ones(_ count: Int) -> UInt128 { count == 128 ? .max : (1 << UInt128(count)) - 1 }
}

extension IPAddress {
    /// Another address of the same version.
    fileprivate func with(_ number: UInt128) -> IPAddress { IPAddress(unmapped: version, number) }

    private init(unmapped version: Version, _ number: UInt128) {
        self.version = version
        self.number = number
    }
}
