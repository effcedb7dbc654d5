// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
package import DevicePosture
package import DeviceSignals
internal import Glibc
internal import Synchronization

/// Accepts connections on a socket, and ends when nobody has come for a while: the service manager keeps the socket and starts
/// the helper again for whoever comes next.
package struct HelperServer: Sendable {
    /// Reads the signals of questions for a user, whose process has these groups.
    package typealias Reader = @Sendable ([PostureQuestion], UInt32, [UInt32]?) async -> PostureSnapshot

    private let listener: Int32
    private let admission: Admission
    private let idleTime: Duration
    private let timeLimit: Duration
    private let read: Reader
    private let log: HelperLog
    private let served = ConnectionCount()
    private let executor = BlockingTaskExecutor(label: "posture-helper")

    /// A server.
    ///
    /// - Parameters:
    ///   - listener: a socket that listens; it is not closed.
    ///   - idleTime: how long it waits for somebody to come.
    ///   - timeLimit: how long a peer may take to ask.
    ///   - read: reads the signals; this machine's where none is given.
    package init(
        listener: Int32, admission: Admission = Admission(), idleTime: Duration = .seconds(10),
        timeLimit: Duration = .seconds(1), log: HelperLog = HelperLog(), read: @escaping Reader = Self.thisMachine
    ) {
        self.listener = listener
        self.admission = admission
        self.idleTime = idleTime
        self.timeLimit = timeLimit
        self.log = log
        self.read = read
    }

    private var milliseconds: Int32 {
        let (seconds, attoseconds) = idleTime.components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Serves until nobody has come for the idle time and nobody is being served; blocks.
    package func run() {
        // Between poll(2) and accept(2) the one who came may be gone, and the wait would have no end.
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
        while true {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, milliseconds)
            // The socket listens no more.
            guard Int32(entry.revents) & (POLLHUP | POLLERR | POLLNVAL) == 0 else { return }
            if ready > 0 { accept() } else if ready == 0, served.isEmpty { return }
        }
    }

    private func accept() {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else {
            // Without a free descriptor or memory the one who waits stays in the queue: try again, but not at once.
            if errno != EAGAIN && errno != EINTR && errno != ECONNABORTED { usleep(50_000) }
            return
        }
        take(descriptor)
    }

    private func take(_ descriptor: Int32) {
        // glibc declares accept4(2) for GNU sources alone. Nothing is run by this program.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        guard let peer = PeerCredentials(of: descriptor) else {
            close(descriptor)
            return
        }
        let connection = HelperConnection(
            descriptor: descriptor, peer: peer, timeLimit: timeLimit, read: read, log: log)
        do throws(Admission.Refused) {
            try admission.enter(peer.userID)
        } catch {
            if error.isNews {
                log.write(
                    .notice, "refused the user \(peer.userID) (process \(peer.processID)): \(error.refusal.rawValue)")
            }
            connection.send(.refused(error.refusal))
            close(descriptor)
            return
        }
        served.begin()
        Task(executorPreference: executor) {
            let answer = await connection.answer()
            // Before the answer, so that whoever has it finds the place free.
            admission.leave(peer.userID)
            connection.send(answer)
            close(descriptor)
            served.end()
        }
    }

    /// Reads the signals of this machine with the superuser's rights.
    @Sendable package static func thisMachine(
        _ questions: [PostureQuestion], for userID: UInt32, groupIDs: [UInt32]?
    ) async -> PostureSnapshot {
        let collector = PostureCollector(
            collectors: questions.flatMap(\.collectors), system: .privileged(for: userID, groupIDs: groupIDs),
            deadline: .milliseconds(1500))
        return await collector.snapshot(of: collector.names)
    }
}

/// How many connections are being served.
private final class ConnectionCount: Sendable {
    private let count = Mutex(0)

    var isEmpty: Bool { count.withLock { $0 == 0 } }

    func begin() { count.withLock { $0 += 1 } }

    func end() { count.withLock { $0 -= 1 } }
}
