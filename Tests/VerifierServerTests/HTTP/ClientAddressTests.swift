// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import VerifierServer

@Suite struct ClientAddressTests {
    private static let rule = ClientAddress(
        trusted: ["10.0.0.0/8", "127.0.0.1/32", "2001:db8::/32"].map { IPAddressRange($0)! })

    struct Case: Sendable {
        var peer: String?
        var forwarded: [String]
        var address: String

        init(_ peer: String?, _ forwarded: [String], _ address: String) {
            self.peer = peer
            self.forwarded = forwarded
            self.address = address
        }
    }

    static let cases: [Case] = [
        Case(nil, [], "unknown"),
        Case("192.0.2.1", [], "192.0.2.1"),
        Case("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        Case("10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        Case("127.0.0.1", ["203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        Case("10.1.2.3", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        Case("10.1.2.3", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        Case("10.1.2.3", ["10.0.0.9"], "10.0.0.9"),
        Case("10.1.2.3", ["203.0.113.9, unknown"], "10.1.2.3"),
        Case("10.1.2.3", ["203.0.113.9:1234"], "10.1.2.3"),
        Case("10.1.2.3", [""], "10.1.2.3"),
        Case("::ffff:10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        Case("2001:db8::1", ["2001:db9::1"], "2001:db9::1"),
        Case("2001:db9::1", ["203.0.113.9"], "2001:db9::1"),
    ]

    @Test(arguments: cases)
    func onlyTrustedProxiesAreBelieved(of given: Case) {
        #expect(Self.rule.resolve(peer: given.peer, forwardedFor: given.forwarded) == given.address)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "::/129", "localhost", "1.2.3.4/8/8",
    ])
    func textThatIsNoRangeIsNone(text: String) {
        #expect(IPAddressRange(text) == nil)
    }

    @Test func rangesEndWhereTheyEnd() throws {
        let range = try #require(IPAddressRange("192.168.4.0/22"))
        let (last, next, other) = (IPAddress("192.168.7.255"), IPAddress("192.168.8.0"), IPAddress("::1"))
        #expect(range.contains(try #require(last)))
        #expect(!range.contains(try #require(next)))
        #expect(!range.contains(try #require(other)))
        let everything = try #require(IPAddressRange("0.0.0.0/0"))
        let address = try #require(IPAddress("8.8.8.8"))
        #expect(everything.contains(address))
    }
}
