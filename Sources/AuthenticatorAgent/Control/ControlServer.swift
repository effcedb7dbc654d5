// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Answers the person's commands on a Unix socket that nobody else can open.
package final class ControlServer: Sendable {
    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    /// Listens at a path; a socket that a former agent left there is replaced.
    ///
    /// The caller makes sure that no other agent runs, and that the folder is the person's alone.
    /// - Parameters:
    ///   - links: answers a challenge that a link brought: `nil`, or why it was not answered, for a person. Its task is cancelled
    ///     when the connection ends.
    ///   - status: how the agent is.
    package static func start(
        path: String, group: any EventLoopGroup, terminals: LentTerminals,
        links: @escaping @Sendable (String) async -> String?,
        status: @escaping @Sendable () async -> AgentStatus
    ) async throws -> ControlServer {
        guard path.utf8.count < 108 else { throw ControlError.pathTooLong(path) }
        let connections = ConnectionCount()
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(
                            ControlLineDecoder(), maximumBufferSize: 2 * ControlLineDecoder.longestLine),
                        ControlHandler(terminals: terminals, connections: connections, links: links, status: status))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        chmod(path, 0o600)
        return ControlServer(channel: channel)
    }

    /// Stops listening. Open connections end with their event loop.
    package func stop() async {
        try? await channel.close()
    }
}

/// How many connections are open, so that there are never too many.
final class ConnectionCount: Sendable {
    static let limit = 16
    private let count = Mutex(0)

    /// Counts one more, unless there are too many.
    func enter() -> Bool {
        count.withLock { count in
            count += 1
            return count <= Self.limit
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
