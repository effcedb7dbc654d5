// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import AccessPolicy

@Suite struct IPAddressTests {
    /// The system's own reading of an address, in the bytes of IPv6.
    private func system(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return Array(repeating: 0, count: 10) + [0xFF, 0xFF] + withUnsafeBytes(of: &four) { Array($0) }
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        return withUnsafeBytes(of: &six) { Array($0) }
    }

    private func bytes(_ address: IPAddress) -> [UInt8] {
        let number = address.version == .four ? address.number | 0xFFFF << 32 : address.number
        return (0..<16).map { UInt8(truncatingIfNeeded: number >> UInt128(8 * (15 - $0))) }
    }

    @Test(
        arguments: [
            "192.0.2.1", "0.0.0.0", "255.255.255.255", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04",
            "1.2.3.",
            ".1.2.3", "1..2.3", "1.2.3.4 ", " 1.2.3.4", "a.b.c.d", "", "::", "::1", "1::", "2001:db8::1", "2001:DB8::1",
            "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
            "1::2::3", ":::", ":1", "1:", "12345::", "g::", "::ffff:192.0.2.1", "::192.0.2.1", "::ffff:256.0.0.1",
            "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:7:192.0.2.1", "192.0.2.1::", "fe80::1%eth0", "[::1]", "::1/128",
            "-1.2.3.4",
            "1.2.3.4\n", "٢.0.0.1", "::ffff:0:0", "1:2:3:4:5:6:7::8", "::1:2:3:4:5:6:7", "0::0::0",
        ])
    func readsAddressesAsTheSystemDoes(text: String) {
        #expect(IPAddress(text).map(bytes) == system(text))
    }

    @Test func readsRandomAddressesAsTheSystemDoes() {
        var state: UInt64 = 7
        for _ in 0..<2000 {
            let characters = Array("0123456789abcf:.::..")
            var text = ""
            for _ in 0..<(state >> 33) % 24 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(characters[Int(state >> 40) % characters.count])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            #expect(IPAddress(text).map(bytes) == system(text), Comment(rawValue: text))
        }
    }

    @Test(
        arguments: [
            ("192.0.2.0/24", "192.0.2.0", "192.0.2.255"), ("192.0.2.77/24", "192.0.2.0", "192.0.2.255"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"), ("192.0.2.1/32", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"), ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), ("::1/128", "::1", "::1"),
            ("2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"),
        ] as [(String, String, String)])
    func readsNetworks(text: String, first: String, last: String) throws {
        let range = try #require(IPAddressRange(cidr: text))
        #expect(range.first == IPAddress(first) && range.last == IPAddress(last))
        #expect(range.contains(range.first) && range.contains(range.last))
    }

    @Test(
        arguments: [
            "", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/024", "192.0.2.0/24/1", "::/129",
            "192.0.2.0/2x", "::ffff:192.0.2.0/120", "example.org/24",
        ])
    func refusesWhatIsNoNetwork(text: String) { #expect(IPAddressRange(cidr: text) == nil) }

    @Test(arguments: [
        "", "-", "192.0.2.9-192.0.2.1", "192.0.2.1-", "192.0.2.1-::1", "1-2", "192.0.2.1-192.0.2.2-192.0.2.3",
    ])
    func refusesWhatIsNoRange(text: String) { #expect(IPAddressRange(range: text) == nil) }

    @Test func versionsDoNotMix() throws {
        let all = try #require(IPAddressRange(cidr: "::/0"))
        #expect(!all.contains(try #require(IPAddress("192.0.2.1"))))
        let four = try #require(IPAddressRange(cidr: "0.0.0.0/0"))
        #expect(four.contains(try #require(IPAddress("::ffff:192.0.2.1"))))
    }
}
