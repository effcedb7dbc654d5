// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import DevicePosture

@Suite struct TimedSocketTests {
    /// Two ends of a connection that do not block.
    private final class Pair {
        var ends: [Int32] = [-1, -1]

        init() {
            let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
            #expect(socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0)
        }

        deinit { for end in ends { close(end) } }

        func say(_ count: Int) {
            #expect(send(ends[0], [UInt8](repeating: 0x78, count: count), count, 0) == count)
        }

        /// Why reading ended; `nil` where it succeeded.
        func failure(_ limit: Int, within time: Duration = .milliseconds(50)) -> TimedSocket.Failure? {
            do throws(TimedSocket.Failure) {
                _ = try TimedSocket(ends[1], until: .now + time).read(atMost: limit)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test("as many bytes as the limit are taken, one more is a failure") func limit() {
        let enough = Pair()
        enough.say(10)
        shutdown(enough.ends[0], Int32(SHUT_WR))
        #expect(enough.failure(10) == nil)
        let tooMany = Pair()
        tooMany.say(11)
        #expect(tooMany.failure(10) == .tooMuch)
    }

    @Test("what never ends is cut off, though it comes without a pause") func flood() {
        let pair = Pair()
        pair.say(50_000)
        #expect(pair.failure(20_000) == .tooMuch)
    }

    @Test("silence ends at the deadline, and a deadline that is over waits no more") func silence() {
        let start = ContinuousClock.now
        #expect(Pair().failure(10) == .timedOut)
        #expect(Pair().failure(10, within: .seconds(-5)) == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("nobody who reads is a failure, not a signal") func nobody() {
        let pair = Pair()
        close(pair.ends[0])
        pair.ends[0] = -1
        #expect(throws: TimedSocket.Failure.failed(errno: EPIPE)) {
            try TimedSocket(pair.ends[1], until: .now + .seconds(1)).write([1])
        }
    }

    @Test("who does not read is waited for until the deadline") func full() {
        let pair = Pair()
        #expect(throws: TimedSocket.Failure.timedOut) {
            let socket = TimedSocket(pair.ends[1], until: .now + .milliseconds(50))
            try socket.write([UInt8](repeating: 0, count: 8 << 20))
        }
    }
}
