// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import LocalSockets

@Suite struct LoopbackSocketsTests {
    @Test func takesBothAddressesOnOnePort() throws {
        let sockets = try LoopbackSockets.listen(onFirstOf: [0, 0, 0])
        defer { for descriptor in sockets.descriptors { close(descriptor) } }
        #expect(sockets.addresses == ["127.0.0.1:\(sockets.port)", "[::1]:\(sockets.port)"])
        _ = try RawHTTPConnection(port: sockets.port)
        _ = try RawHTTPConnection(port: sockets.port, to: .v6)
    }

    @Test(arguments: [0, 1]) func goesOnWhereOneAddressIsTaken(_ kept: Int) throws {
        let taken = try LoopbackSockets.listen(onFirstOf: [0, 0, 0])
        close(taken.descriptors[1 - kept])
        defer { close(taken.descriptors[kept]) }
        let sockets = try LoopbackSockets.listen(onFirstOf: [taken.port, 0, 0])
        defer { for descriptor in sockets.descriptors { close(descriptor) } }
        #expect(sockets.port != taken.port)
    }

    @Test func nobodyListensBeside() throws {
        let first = try LoopbackSockets.listen(onFirstOf: [0, 0, 0])
        defer { for descriptor in first.descriptors { close(descriptor) } }
        #expect(throws: LoopbackSocketsError.noFreePort([first.port])) {
            try LoopbackSockets.listen(onFirstOf: [first.port])
        }
        for descriptor in first.descriptors {
            var value: Int32 = -1
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &value, &length)
            #expect(value == 0)
        }
    }

    /// A socket that is bound to the loopback interface stays there, though connect(2) can take it off its peer.
    @Test func acceptedSocketCannotBeTurnedToAnotherHost() throws {
        let sockets = try LoopbackSockets.listen(onFirstOf: [0])
        defer { for descriptor in sockets.descriptors { close(descriptor) } }
        let client = try RawHTTPConnection(port: sockets.port)
        let accepted = accept(sockets.descriptors[0], nil, nil)
        defer { close(accepted) }
        for descriptor in sockets.descriptors + [accepted] {
            var name = [UInt8](repeating: 0, count: 16)
            var length = socklen_t(name.count)
            #expect(getsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, &name, &length) == 0)
            #expect(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) == "lo")
        }
        client.close()
    }

    @Test func takesThePortAgainAfterUse() throws {
        let first = try LoopbackSockets.listen(onFirstOf: [0, 0, 0])
        let client = try RawHTTPConnection(port: first.port)
        let accepted = accept(first.descriptors[0], nil, nil)
        // The end that closes first keeps the port in TIME_WAIT.
        close(accepted)
        usleep(20_000)
        client.close()
        for descriptor in first.descriptors { close(descriptor) }
        let second = try LoopbackSockets.listen(onFirstOf: [first.port])
        for descriptor in second.descriptors { close(descriptor) }
        #expect(second.port == first.port)
    }

    @Test func errorNamesThePorts() {
        #expect("\(LoopbackSocketsError.noFreePort([61711, 61712]))".contains("61711, 61712"))
        #expect(throws: LoopbackSocketsError.invalidPort(70000)) { try LoopbackSockets.listen(onFirstOf: [70000]) }
    }

    @Test func inheritedSocketsMustBeOnTheLoopback() throws {
        let own = try LoopbackSockets.listen(onFirstOf: [0, 0, 0])
        defer { for descriptor in own.descriptors { close(descriptor) } }
        let inherited = try LoopbackSockets(inherited: own.descriptors + [0])
        #expect(inherited == own)
        #expect(try LoopbackSockets(inherited: []) == nil)

        let open = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(open) }
        listen(open, 1)
        #expect(throws: LoopbackSocketsError.inheritedNotLoopback) { try LoopbackSockets(inherited: [open]) }

        let other = try LoopbackSockets.listen(onFirstOf: [0, 0, 0])
        defer { for descriptor in other.descriptors { close(descriptor) } }
        #expect(throws: LoopbackSocketsError.inheritedPortsDiffer) {
            try LoopbackSockets(inherited: own.descriptors + other.descriptors)
        }
    }
}
