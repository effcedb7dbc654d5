// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Synchronization
import Testing

@testable import DevicePosture
@testable import PostureHelper

/// The server on a socket of its own, asked by raw connections.
@Suite struct HelperServerTests {
    /// What a helper was asked and wrote down.
    private final class Record: Sendable {
        let lines = Mutex<[String]>([])
        let hasEnded = Mutex(false)
        let endedWhileServing = Mutex(false)
        let asked = Mutex<[(questions: [PostureQuestion], userID: UInt32, groupIDs: [UInt32]?)]>([])
    }

    /// A helper that runs until the test ends.
    private final class Rig: Sendable {
        let listener: ListeningSocket
        let record: Record
        let thread: Thread

        init(
            limits: Admission.Limits = Admission.Limits(), timeLimit: Duration = .seconds(5),
            delay: Duration = .zero, idleTime: Duration = .seconds(60),
            answer: PostureSnapshot = HelperServerTests.snapshot,
            serves: @escaping @Sendable (UInt32) -> Bool = { _ in true }
        ) throws {
            let listener = try ListeningSocket()
            let record = Record()
            let server = HelperServer(
                listener: listener.descriptor, admission: Admission(limits: limits, isServed: serves),
                idleTime: idleTime, timeLimit: timeLimit,
                log: HelperLog { line in record.lines.withLock { $0.append(line) } }
            ) { questions, userID, groupIDs in
                record.asked.withLock { $0.append((questions, userID, groupIDs)) }
                try? await Task.sleep(for: delay)
                if record.hasEnded.withLock({ $0 }) { record.endedWhileServing.withLock { $0 = true } }
                return answer
            }
            self.listener = listener
            self.record = record
            thread = Thread {
                server.run()
                record.hasEnded.withLock { $0 = true }
            }
        }

        deinit {
            // A socket that does not listen any more ends it.
            shutdown(listener.descriptor, Int32(SHUT_RDWR))
            thread.join()
        }

        /// What comes back for bytes.
        func exchange(_ bytes: [UInt8], shutting: Bool = true) throws -> HelperAnswer? {
            let client = try listener.connect()
            defer { close(client) }
            _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            if shutting { shutdown(client, Int32(SHUT_WR)) }
            return HelperAnswer(parsing: received(client))
        }

        func received(_ client: Int32) -> [UInt8] {
            _ = fcntl(client, F_SETFL, O_NONBLOCK)
            let socket = TimedSocket(client, until: .now + .seconds(20))
            return (try? socket.read(atMost: HelperAnswer.maximumLength) { $0.last == 10 }) ?? []
        }
    }

    private static let snapshot = PostureSnapshot([
        .secureBoot: SignalReading(.known(.boolean(true)), source: "s", collectedAt: 1, privilege: .root)
    ])

    private static let request = HelperRequest([.secureBoot]).bytes

    private static var ownGroups: Set<UInt32> {
        var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
        let count = getgroups(Int32(groups.count), &groups)
        return Set(groups.prefix(Int(max(0, count))) + [getegid()])
    }

    @Test("a question is answered for the user who asks") func answers() throws {
        let rig = try Rig()
        guard case .readings(let snapshot)? = try rig.exchange(Self.request) else {
            Issue.record("no readings")
            return
        }
        #expect(snapshot[.secureBoot]?.value == .boolean(true))
        let asked = rig.record.asked.withLock { $0 }
        #expect(asked.map(\.questions) == [[.secureBoot]])
        #expect(asked.map(\.userID) == [geteuid()])
        // By the kernel's word: whoever asks cannot claim a group.
        let groups = try #require(asked.first?.groupIDs)
        #expect(Set(groups) == Self.ownGroups)
        #expect(rig.record.lines.withLock { $0 } == ["<6>told the user \(geteuid()) (process \(getpid())): b"])
    }

    @Test("an answer does not wait for the end of the connection") func answersAtTheLineFeed() throws {
        let rig = try Rig(timeLimit: .seconds(60))
        #expect(try rig.exchange(Self.request, shutting: false) != nil)
    }

    @Test(
        "what is no request is refused, and nothing is read for it",
        arguments: [
            [], [10], [49, 10], [0, 98, 10], Array("1b".utf8), Array("1bb\n".utf8), Array("1b/etc/shadow\n".utf8),
            Array("1b\n1b\n".utf8), Array("1b \n".utf8), [49, 0xC3, 0xA9, 10], Array(repeating: 0x62, count: 4096),
            Array("1".utf8) + Array(repeating: 0x62, count: 33) + [10],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) throws {
        let rig = try Rig()
        #expect(try rig.exchange(bytes) == .refused(.malformed))
        #expect(rig.record.asked.withLock { $0.isEmpty })
    }

    @Test("another version of the protocol is refused as such") func otherVersion() throws {
        #expect(try Rig().exchange(Array("2b\n".utf8)) == .refused(.otherVersion))
    }

    @Test("who says nothing is sent away at the time limit, while others are served") func slow() throws {
        let rig = try Rig(timeLimit: .milliseconds(400))
        let silent = try rig.listener.connect()
        defer { close(silent) }
        #expect(try rig.exchange(Self.request) != nil)
        let start = ContinuousClock.now
        #expect(HelperAnswer(parsing: rig.received(silent)) == .refused(.tooSlow))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("a byte now and then does not prolong the time limit") func dribble() throws {
        let rig = try Rig(timeLimit: .milliseconds(500))
        let client = try rig.listener.connect()
        defer { close(client) }
        let start = ContinuousClock.now
        for byte in Array("1abcdefghijklmnopqrs".utf8) where ContinuousClock.now - start < .seconds(5) {
            guard send(client, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 else { break }
            usleep(100_000)
        }
        #expect(HelperAnswer(parsing: rig.received(client)) == .refused(.tooSlow))
    }

    @Test("a user who is not served is told so before asking") func notServed() throws {
        let rig = try Rig { _ in false }
        let client = try rig.listener.connect()
        defer { close(client) }
        #expect(HelperAnswer(parsing: rig.received(client)) == .refused(.notServed))
        #expect(rig.record.asked.withLock { $0.isEmpty })
    }

    @Test("who asks too often is refused, in one line of the log") func rate() throws {
        var limits = Admission.Limits()
        limits.burst = 2
        limits.interval = .seconds(600)
        let rig = try Rig(limits: limits)
        let answers = try (0..<6).map { _ in try rig.exchange(Self.request) }
        #expect(answers[2...].allSatisfy { $0 == .refused(.tooOften) })
        #expect(rig.record.asked.withLock { $0.count } == 2)
        #expect(rig.record.lines.withLock { $0.filter { $0.contains("tooOften") }.count } == 1)
    }

    @Test("whoever has an answer finds the place free") func leaves() throws {
        var limits = Admission.Limits()
        limits.connectionsOfUser = 1
        limits.burst = 60
        let rig = try Rig(limits: limits)
        for _ in 0..<50 { #expect(try rig.exchange(Self.request) != .refused(.busy)) }
    }

    @Test("the longest answer does not wait for a peer that reads it late") func lateReader() async throws {
        let texts = Array(repeating: String(repeating: "x", count: 250), count: 250)
        let rig = try Rig(
            answer: PostureSnapshot([
                .secureBoot: SignalReading(.known(.strings(texts)), source: "s", collectedAt: 1, privilege: .root)
            ]))
        let client = try rig.listener.connect()
        defer { close(client) }
        #expect(send(client, Self.request, Self.request.count, 0) == Self.request.count)
        try await Task.sleep(for: .milliseconds(300))
        guard case .readings(let snapshot)? = HelperAnswer(parsing: rig.received(client)) else {
            Issue.record("no readings")
            return
        }
        #expect(snapshot[.secureBoot]?.value == .strings(texts))
    }

    @Test("of many at once two are answered, and the others are told that it is busy") func manyAtOnce() throws {
        let rig = try Rig(delay: .seconds(1))
        let clients = try (0..<12).map { _ in try rig.listener.connect() }
        defer { for client in clients { close(client) } }
        for client in clients { _ = send(client, Self.request, Self.request.count, Int32(MSG_NOSIGNAL)) }
        let answers = clients.map { HelperAnswer(parsing: rig.received($0)) }
        #expect(answers.count { $0 == .refused(.busy) } == 10)
        #expect(answers.count { $0 == .readings(Self.snapshot) } == 2)
    }

    @Test("it ends when nobody has come for a while, and not while somebody is served") func idle() throws {
        let rig = try Rig(delay: .milliseconds(1500), idleTime: .milliseconds(400))
        let start = ContinuousClock.now
        #expect(try rig.exchange(Self.request) != .refused(.busy))
        rig.thread.join()
        let took = ContinuousClock.now - start
        #expect(!rig.record.endedWhileServing.withLock { $0 })
        #expect(took >= .milliseconds(1500) && took < .seconds(20), "\(took)")
    }

    @Test("this machine's signals are read as root's, and only those that were asked for") func thisMachine() async {
        let snapshot = await HelperServer.thisMachine([.secureBoot], for: 1000, groupIDs: nil)
        #expect(Array(snapshot.readings.keys) == [.secureBoot])
        #expect(snapshot[.secureBoot]?.privilege == .root)
    }
}

/// A thread that can be waited for, any number of times.
private final class Thread: Sendable {
    private let identity: Mutex<pthread_t?>

    init(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        identity = Mutex(thread)
    }

    func join() {
        let thread = identity.withLock { identity -> pthread_t? in
            defer { identity = nil }
            return identity
        }
        if let thread { pthread_join(thread, nil) }
    }
}
