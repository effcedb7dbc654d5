// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LocalSockets

@Suite struct SocketTableTests {
    @Test func parsesIPv4Line() throws {
        let line =
            "   3: 0100007F:D431 0100007F:F10F 01 00000000:00000000 00:00000000 00000000  1000        0 48213 1 0 20 4 30 10 -1"
        let entry = try #require(SocketTable.parse(Array(line.utf8)))
        #expect(entry.pair.local == SocketEndpoint(address: .loopbackV4, port: 0xD431))
        #expect(entry.pair.remote == SocketEndpoint(address: .loopbackV4, port: 0xF10F))
        #expect(entry.owner == .uid(1000, inode: 48213))
    }

    @Test func parsesMappedIPv6Line() throws {
        let line =
            "   0: 0000000000000000FFFF00000100007F:D431 0000000000000000FFFF00000100007F:F10F 01 0:0 0:0 0  1000 0 7 1 0"
        let entry = try #require(SocketTable.parse(Array(line.utf8)))
        #expect(entry.pair.local.address.unmapped == .loopbackV4)
        #expect(entry.pair.local.address == IPAddress.loopbackV4.mapped)
    }

    @Test(arguments: [
        "", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "0: 0100007F 0100007F:F10F 01 0:0 0:0 0 1000 0 7", "0: 01:1 02:2 01 0:0 0:0 0 1000 0 7",
        "0: 0100007F:D431 0100007F:F10F 01 0:0 0:0 0 -1 0 7", "0: 0100007F:D431 0100007F:1F10F 01 0:0 0:0 0 1 0 7",
    ])
    func refusesOtherLines(_ line: String) {
        #expect(SocketTable.parse(Array(line.utf8)) == nil)
    }

    @Test func addressesOfOtherLengthsAreNone() {
        #expect(IPAddress([127, 0, 0]) == nil)
        #expect(IPAddress([127, 0, 0, 1]) == .loopbackV4)
        #expect(IPAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) == .loopbackV6)
        #expect(IPAddress.loopbackV6.unmapped == .loopbackV6)
    }
}
