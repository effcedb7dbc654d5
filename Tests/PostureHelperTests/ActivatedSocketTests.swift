// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import PostureHelper

@Suite struct ActivatedSocketTests {
    @Test("only a listening stream socket of the local machine is taken") func kinds() throws {
        let listener = try ListeningSocket()
        #expect(ActivatedSocket.isListening(listener.descriptor))
        let client = try listener.connect()
        defer { close(client) }
        #expect(!ActivatedSocket.isListening(client))
        let internet = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(internet) }
        #expect(listen(internet, 1) == 0)
        #expect(!ActivatedSocket.isListening(internet))
        let datagrams = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(datagrams) }
        #expect(!ActivatedSocket.isListening(datagrams))
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(!ActivatedSocket.isListening(file))
    }

    @Test("without a service manager there is no socket") func none() {
        #expect(throws: ActivatedSocket.Failure.notOne(0)) { try ActivatedSocket.take() }
    }
}
