// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import DevicePosture

/// What the kernel tells of the process at the other end.
@Suite(.serialized) struct PeerCredentialsTests {
    /// The groups of a socket that is made while this process has some.
    private func groups(having given: [gid_t]) throws -> [UInt32]? {
        var own = [gid_t](repeating: 0, count: Int(getgroups(0, nil)))
        let count = getgroups(Int32(own.count), &own)
        try #require(setgroups(given.count, given) == 0)
        defer { setgroups(Int(count), own) }
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0)
        defer { for end in pair { close(end) } }
        return try #require(PeerCredentials(of: pair[0])).groups(of: pair[0])
    }

    @Test(
        "all groups are told, however many", .enabled(if: getuid() == 0, "needs root"),
        arguments: [0, 3, 1024, 1025, 5000])
    func all(count: Int) throws {
        let given = (0..<count).map { gid_t(100_000 + $0) }
        #expect(try groups(having: given) == [UInt32(getegid())] + given)
    }

    @Test("the helper does not guess the groups that the kernel did not tell") func untold() throws {
        #expect(throws: ReadFailure.self) { try PersonsGroups(in: .privileged(for: 0)) }
        #expect(try PersonsGroups(in: .privileged(for: 0, groupIDs: [0])).numbers.contains(0))
    }
}
