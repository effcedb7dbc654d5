// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A network: an address and how many of its bits count.
enum Network: Hashable, Sendable {
    /// IPv4.
    case four(UInt32, Int)
    /// IPv6.
    case six(UInt128, Int)

    /// A network such as `192.0.2.0/24` or `2001:db8::/32`, or `nil` for anything else: also where bits are set that do not count.
    init?(_ text: some Collection<UInt8>) {
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")),
            let bits = Self.number(text[text.index(after: slash)...], upTo: 128)
        else { return nil }
        let address = text[..<slash]
        if let key = Self.four(address) {
            guard bits <= 32, bits == 32 || key << bits == 0 else { return nil }
            self = .four(key, bits)
        } else if let key = Self.six(address) {
            guard bits == 128 || key << bits == 0 else { return nil }
            self = .six(key, bits)
        } else {
            return nil
        }
    }

    /// A decimal number without zeros in front.
    private static func number(_ digits: some Collection<UInt8>, upTo limit: Int) -> Int? {
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number <= limit ? number : nil
    }

    private static func four(_ text: some Collection<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var key: UInt32 = 0
        for part in parts {
            guard let byte = number(part, upTo: 255) else { return nil }
            key = key << 8 | UInt32(byte)
        }
        return key
    }

    private static func six(_ text: some Collection<UInt8>) -> UInt128? {
        guard (2...45).contains(text.count), text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, String(decoding: text, as: UTF8.self), &bytes) == 1 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}
