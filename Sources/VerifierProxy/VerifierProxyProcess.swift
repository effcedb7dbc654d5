// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import CConfinement
internal import Confinement
internal import Glibc
package import NIOCore
internal import NIOPosix

/// The proxy in a process of its own, which ends with the one that it serves.
///
/// It is forked and not started anew: so the two share their memory as far as they do not write to it.
package struct VerifierProxyProcess: Sendable {
    /// This process's end of a pair of sockets. Nobody else has it, so that the other end sees when this process is gone.
    private let lifeline: Int32
    private static let go: UInt8 = 1
    /// How long the process may take to listen, in milliseconds.
    private static let patienceMillis: Int32 = 20_000

    private init(lifeline: Int32) { self.lifeline = lifeline }

    /// Forks a process that waits until it is told to begin. Only a process of one thread may call this.
    ///
    /// - Parameter settings: what the proxy works with, asked for in the new process when it begins. What it throws is told on standard
    ///   error, and ends that process.
    /// - Throws: ``VerifierProxyError``.
    package static func fork(
        _ settings: @escaping @Sendable () async throws -> VerifierProxyServer.Settings
    ) throws(VerifierProxyError) -> VerifierProxyProcess {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .notStarted(errno: errno) }
        let process = Glibc.fork()
        guard process >= 0 else { throw .notStarted(errno: errno) }
        guard process > 0 else { serve(settings, lifeline: ends[1]) }
        close(ends[1])
        return VerifierProxyProcess(lifeline: ends[0])
    }

    /// Has the proxy begin, and returns when it listens.
    ///
    /// - Throws: ``VerifierProxyError``.
    package func begin() async throws(VerifierProxyError) {
        let isListening = await withCheckedContinuation { continuation in
            BlockingSerialExecutor(label: "countersign.verifier-proxy").run { [lifeline] in
                continuation.resume(returning: Self.say(on: lifeline) && Self.hear(on: lifeline))
            }
        }
        guard isListening else { throw .ended }
    }

    /// Returns when the process is gone, after ``begin()`` has returned; cancelling the task ends that process.
    package func hasEnded(on group: any EventLoopGroup) async {
        guard let channel = try? await ClientBootstrap(group: group).withConnectedSocket(lifeline).get() else { return }
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private static func say(on descriptor: Int32) -> Bool {
        send(descriptor, [go], 1, Int32(MSG_NOSIGNAL)) == 1
    }

    private static func hear(on descriptor: Int32, within millis: Int32 = patienceMillis) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        while true {
            let ready = poll(&waiting, 1, millis)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return false }
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            return count == 1
        }
    }

    // MARK: - In the new process

    private static func serve(
        _ settings: @escaping @Sendable () async throws -> VerifierProxyServer.Settings, lifeline: Int32
    ) -> Never {
        closeAll(but: lifeline)
        // Whoever wants the service to end tells the other process, which may still need its connections; this one ends with it.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        countersign_name_process("verifier-proxy")
        AppArmorProfile.verifierProxy.enter()
        guard hear(on: lifeline, within: -1) else { _exit(0) }
        Task(priority: .medium) {
            do {
                let server = try await VerifierProxyServer.start(
                    try await settings(), group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
                withExtendedLifetime(server) { _ = say(on: lifeline) }
            } catch {
                let message = Array("the agent's verifier proxy cannot start: \(error)\n".utf8)
                _ = write(STDERR_FILENO, message, message.count)
                _exit(1)
            }
        }
        // Nothing is said here after the first word: this returns when the other end is gone.
        while hear(on: lifeline, within: -1) {}
        _exit(0)
    }

    /// Closes what was inherited, such as sockets of the service manager's: it is the other process's.
    private static func closeAll(but kept: Int32) {
        if kept > 3 { countersign_close_range(3, UInt32(kept - 1)) }
        countersign_close_range(UInt32(kept + 1), UInt32.max)
    }
}

/// Why there is no proxy.
package enum VerifierProxyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No process could be made.
    case notStarted(errno: Int32)
    /// The process ended, or did not listen in time.
    case ended

    package var description: String {
        switch self {
        case .notStarted(let code):
            "no process could be started for connections to verifiers: \(String(cString: strerror(code)))"
        case .ended: "the process that connects to verifiers did not start; what it said stands before this"
        }
    }
}
