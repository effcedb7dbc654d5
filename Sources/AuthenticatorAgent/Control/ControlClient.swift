// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
package import Pinentry
internal import WireProtocol

/// Asks the running agent.
package struct ControlClient: Sendable {
    private let path: String
    private static let timeLimit = Duration.seconds(5)

    /// A client of the agent whose control socket is at a path.
    package init(path: String) { self.path = path }

    /// How the agent is.
    ///
    /// - Throws: ``ControlError``, with ``ControlError/notRunning`` where nobody answers within five seconds.
    package func status() async throws -> AgentStatus {
        try await withThrowingTaskGroup(of: AgentStatus.self) { group in
            group.addTask { try await exchange(ControlRequest(.status)) { reply, _ in try Self.status(of: reply) } }
            group.addTask {
                try await Task.sleep(for: Self.timeLimit)
                throw ControlError.notRunning
            }
            defer { group.cancelAll() }
            guard let status = try await group.next() else { throw ControlError.notRunning }
            return status
        }
    }

    /// Lends a terminal until the task is cancelled or the agent ends.
    ///
    /// - Parameter started: called once the agent has taken it.
    /// - Throws: ``ControlError``, with ``ControlError/notRunning`` also when the agent ended.
    package func attend(_ terminal: PromptSurface.Terminal, started: @Sendable () -> Void) async throws {
        let request = ControlRequest(
            .attend, terminal: terminal.name, terminalType: terminal.type, characterType: terminal.characterType)
        try await exchange(request) { reply, rest in
            guard reply.attending == true else { throw ControlError.refused(reply.error ?? "the agent refused") }
            started()
            while try await rest.next() != nil {}
            try Task.checkCancellation()
            throw ControlError.notRunning
        }
    }

    /// Gives the agent a challenge that a link brought, and waits until it is answered; cancelling the task withdraws the prompt.
    ///
    /// - Parameter challenge: a compact JWS.
    /// - Throws: ``ControlError``; ``ControlError/refused(_:)`` says why the challenge was not answered.
    package func answer(_ challenge: String) async throws {
        try await exchange(ControlRequest(.challenge, challenge: challenge)) { reply, _ in
            guard reply.answered == true else { throw ControlError.refused(reply.error ?? "the agent refused") }
        }
    }

    private static func status(of reply: ControlReply) throws -> AgentStatus {
        guard let status = reply.status else { throw ControlError.refused(reply.error ?? "the agent refused") }
        return status
    }

    private typealias Lines = NIOAsyncChannelInboundStream<[UInt8]>.AsyncIterator

    private func exchange<Answer: Sendable>(
        _ request: ControlRequest, _ read: (ControlReply, inout Lines) async throws -> Answer
    ) async throws -> Answer {
        guard path.utf8.count < 108 else { throw ControlError.pathTooLong(path) }
        let channel = try await connect()
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: try JSON.encode(request) + [10]))
            var lines = inbound.makeAsyncIterator()
            guard let line = try await lines.next() else { throw ControlError.notRunning }
            let reply = try JSON.decode(ControlReply.self, from: line, limit: ControlLineDecoder.longestLine)
            return try await read(reply, &lines)
        }
    }

    private func connect() async throws -> NIOAsyncChannel<[UInt8], ByteBuffer> {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            ByteToMessageHandler(
                                ControlLineDecoder(), maximumBufferSize: 2 * ControlLineDecoder.longestLine))
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw ControlError.notRunning
        }
    }
}
