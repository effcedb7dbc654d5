// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import LocalSockets

@Suite struct SocketOwnerLookupTests {
    /// A connection of which a test holds both ends.
    private struct Connection {
        let client: RawHTTPConnection
        let accepted: Int32
        let pair: SocketPair

        init(_ address: RawHTTPConnection.Address, owner: UInt32? = nil) throws {
            let sockets = try LoopbackSockets.listen(onFirstOf: [0, 0, 0, 0])
            defer { for descriptor in sockets.descriptors { close(descriptor) } }
            client = try RawHTTPConnection(port: sockets.port, to: address, owner: owner)
            let listener = sockets.descriptors[address == .v6 ? 1 : 0]
            accepted = accept(listener, nil, nil)
            pair = try #require(SocketPair(connected: accepted))
        }
    }

    /// The two ways to look, each by itself.
    enum Way: CaseIterable, CustomTestStringConvertible {
        case netlink, table
        var testDescription: String { "\(self)" }

        var lookup: SocketOwnerLookup {
            switch self {
            case .netlink:
                SocketOwnerLookup(netlink: SocketDiagnostics(), table: SocketTable(root: "/proc/nonexistent"))
            case .table: SocketOwnerLookup(netlink: nil, table: SocketTable(root: "/proc/net"))
            }
        }
    }

    private static let addresses: [RawHTTPConnection.Address] = [.v4, .v6, .v4Mapped]

    @Test(arguments: Way.allCases, addresses) func findsOwnSocket(_ way: Way, _ address: RawHTTPConnection.Address)
        throws
    {
        let connection = try Connection(address)
        defer { close(connection.accepted) }
        var status = stat()
        fstat(connection.client.descriptor, &status)
        #expect(way.lookup.peerOwner(of: connection.pair) == .uid(geteuid(), inode: UInt64(status.st_ino)))
    }

    @Test(arguments: Way.allCases) func mappedPairIsTheIPv4Pair(_ way: Way) throws {
        let connection = try Connection(.v4)
        defer { close(connection.accepted) }
        func mapped(_ end: SocketEndpoint) -> SocketEndpoint {
            SocketEndpoint(address: end.address.mapped, port: end.port)
        }
        let pair = SocketPair(local: mapped(connection.pair.local), remote: mapped(connection.pair.remote))
        #expect(way.lookup.peerOwner(of: pair) == way.lookup.peerOwner(of: connection.pair))
        #expect(PeerRule(uid: geteuid()).serves(way.lookup.peerOwner(of: pair)))
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"), arguments: Way.allCases, addresses)
    func findsAnotherUsersSocket(_ way: Way, _ address: RawHTTPConnection.Address) throws {
        let connection = try Connection(address, owner: 1234)
        defer { close(connection.accepted) }
        guard case .uid(1234, _) = way.lookup.peerOwner(of: connection.pair) else {
            Issue.record("not the other user's")
            return
        }
        #expect(!PeerRule(uid: 0).serves(way.lookup.peerOwner(of: connection.pair)))
        #expect(PeerRule(uid: 1234).serves(way.lookup.peerOwner(of: connection.pair)))
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"), arguments: Way.allCases)
    func overflowUIDIsNobodys(_ way: Way) throws {
        let connection = try Connection(.v4, owner: 65534)
        defer { close(connection.accepted) }
        #expect(way.lookup.peerOwner(of: connection.pair) == .overflow)
    }

    @Test(arguments: Way.allCases, addresses)
    func closedSocketIsNobodys(_ way: Way, _ address: RawHTTPConnection.Address) throws {
        let connection = try Connection(address)
        defer { close(connection.accepted) }
        connection.client.close()
        #expect(way.lookup.peerOwner(of: connection.pair) == .closed)
    }

    @Test(arguments: Way.allCases) func halfClosedSocketIsNobodys(_ way: Way) throws {
        let connection = try Connection(.v4)
        defer { close(connection.accepted) }
        connection.client.finishSending()
        #expect(way.lookup.peerOwner(of: connection.pair) == .closed)
    }

    @Test(arguments: Way.allCases, addresses)
    func vanishedSocketIsNotFound(_ way: Way, _ address: RawHTTPConnection.Address) throws {
        let connection = try Connection(address)
        defer { close(connection.accepted) }
        connection.client.close(abruptly: true)
        #expect(way.lookup.peerOwner(of: connection.pair) == .notFound)
    }

    @Test(arguments: Way.allCases) func listenerOfThePortIsNoConnection(_ way: Way) throws {
        let sockets = try LoopbackSockets.listen(onFirstOf: [0])
        defer { for descriptor in sockets.descriptors { close(descriptor) } }
        let listening = SocketEndpoint(address: .loopbackV4, port: UInt16(sockets.port))
        let pair = SocketPair(local: SocketEndpoint(address: .loopbackV4, port: 1), remote: listening)
        #expect(way.lookup.peerOwner(of: pair) == .notFound)
    }

    @Test func tableIsReadWhereNetlinkIsBlind() throws {
        let connection = try Connection(.v4)
        defer { close(connection.accepted) }
        guard
            case .uid = SocketOwnerLookup(netlink: nil, table: SocketTable(root: "/proc/net")).peerOwner(
                of: connection.pair)
        else {
            Issue.record("not found")
            return
        }
    }

    @Test func lookupTakesMicroseconds() throws {
        let connection = try Connection(.v4)
        defer { close(connection.accepted) }
        let lookup = SocketOwnerLookup()
        let best =
            (0..<20).map { _ in
                ContinuousClock().measure { for _ in 0..<50 { _ = lookup.peerOwner(of: connection.pair) } } / 50
            }.min() ?? .zero
        #expect(best < .microseconds(60))
    }

    @Test(arguments: [
        (UInt8(1), UInt32(0), UInt64(0), SocketOwner.closed), (6, 0, 0, .closed), (8, 1000, 77, .closed),
        (1, 65534, 77, .overflow), (1, 0, 77, .uid(0, inode: 77)),
    ])
    func entryCountsOnlyWhereEstablishedWithInode(_ state: UInt8, _ uid: UInt32, _ inode: UInt64, _ owner: SocketOwner)
    {
        #expect(SocketOwner(state: state, uid: uid, inode: inode) == owner)
    }

    @Test(arguments: [SocketOwner.notFound, .closed, .overflow, .uid(1000, inode: 1)])
    func rootServesRootAlone(_ owner: SocketOwner) {
        #expect(!PeerRule(uid: 0).serves(owner))
    }

    @Test func processOfASocketHasItsExecutablesName() throws {
        let connection = try Connection(.v4)
        defer { close(connection.accepted) }
        guard case .uid(let uid, let inode) = SocketOwnerLookup().peerOwner(of: connection.pair) else {
            Issue.record("not found")
            return
        }
        // The second time it is the first that is looked at.
        for _ in 0..<2 {
            #expect(SocketProcess.name(inode: inode, uid: uid) != nil)
            #expect(SocketProcess.holder(of: inode, uid: uid) == getpid())
        }
        #expect(SocketProcess.name(inode: UInt64.max, uid: uid) == nil)
        #expect(SocketProcess.name(inode: inode, uid: uid + 1) == nil, "another user's process is not looked at")
    }

    private static let orders: [(pid_t, [pid_t])] = [
        (100, [100, 99, 3, 32000, 200]), (250, [200, 100, 99, 3, 32000]), (.max, [32000, 200, 100, 99, 3]),
        (2, [32000, 200, 100, 99, 3]),
    ]

    @Test(arguments: orders)
    func processesAreOrderedByWhenTheyWereStarted(last: pid_t, expected: [pid_t]) {
        #expect(SocketProcess.newestFirst([3, 99, 100, 200, 32000], after: last) == expected)
    }

    @Test func whoWasFoundLastIsLookedAtAnew() throws {
        let (sleeper, uid) = (try Sleeper(), getuid())
        for _ in 0..<2 { #expect(SocketProcess.holder(of: sleeper.inode, uid: uid) == sleeper.process) }
        let connection = try Connection(.v4)
        defer { close(connection.accepted) }
        guard case .uid(_, let own) = SocketOwnerLookup().peerOwner(of: connection.pair) else {
            Issue.record("not found")
            return
        }
        #expect(SocketProcess.holder(of: own, uid: uid) == getpid())
        sleeper.end()
        #expect(SocketProcess.holder(of: sleeper.inode, uid: uid) == nil)
    }

    /// Another program, which holds a socket.
    private struct Sleeper {
        let process: pid_t
        let inode: UInt64

        init() throws {
            var pair: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0)
            defer { for descriptor in pair { close(descriptor) } }
            var status = stat()
            fstat(pair[0], &status)
            inode = UInt64(status.st_ino)
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, pair[0], 0)
            var arguments = [strdup("sleep"), strdup("60"), nil]
            defer { for argument in arguments { free(argument) } }
            var process: pid_t = 0
            try #require(posix_spawn(&process, "/bin/sleep", &actions, nil, &arguments, environ) == 0)
            self.process = process
        }

        func end() {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    @Test(arguments: [("/usr/bin/firefox", "firefox"), ("/a/b\u{1B}[31m", nil), ("", nil), ("/x/é", nil)])
    func processNameIsShownOnlyWhereItCanBe(_ path: String, _ name: String?) {
        #expect(SocketProcess.displayName(path) == name)
    }
}

extension SocketPair {
    /// The pair of a connected socket.
    init?(connected descriptor: Int32) {
        guard let local = SocketName(of: descriptor)?.endpoint else { return nil }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        guard result == 0, let remote = withUnsafeBytes(of: storage, { SocketEndpoint(socketName: $0) }) else {
            return nil
        }
        self.init(local: local, remote: remote)
    }
}
