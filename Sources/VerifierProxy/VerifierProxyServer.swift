// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import NIOCore
internal import NIOPosix
internal import NIOSOCKS
internal import Synchronization

/// A SOCKS5 proxy (RFC 1928) on a Unix socket that connects to listed verifiers alone.
///
/// Connections are relayed, and no socket is handed over: who is on the other side of the Unix socket cannot make it one to another host.
package final class VerifierProxyServer: Sendable {
    /// What it does with what.
    package struct Settings: Sendable {
        /// Where it listens; the folder is the person's alone.
        package var socketPath: String
        /// The verifiers, read anew for each connection.
        package var list: VerifierList
        /// What may be connected to besides: the proxies of the person's environment.
        package var alsoAllowed: Set<NetworkEndpoint>
        /// Told in a line why a connection was refused that the client may have needed.
        package var note: @Sendable (String) -> Void

        /// Settings.
        package init(
            socketPath: String, list: VerifierList, alsoAllowed: Set<NetworkEndpoint> = [],
            note: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.socketPath = socketPath
            self.list = list
            self.alsoAllowed = alsoAllowed
            self.note = note
        }

        /// Whether a connection may be made. A list that cannot be read allows nothing.
        func allows(_ endpoint: NetworkEndpoint) -> Bool {
            if alsoAllowed.contains(endpoint) { return true }
            do throws(VerifierListError) {
                if try list.origins()?.contains(where: { NetworkEndpoint($0) == endpoint }) == true { return true }
                note("no connection was made to \(endpoint): no verifier that is listed in '\(list.path)'")
            } catch {
                note("no connection was made to \(endpoint): \(error)")
            }
            return false
        }
    }

    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    /// Listens; a socket that a former proxy left there is replaced.
    package static func start(_ settings: Settings, group: any EventLoopGroup) async throws -> VerifierProxyServer {
        let open = OpenConnections()
        let channel = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard open.enter() else { throw ChannelError.ioOnClosedChannel }
                    channel.closeFuture.whenComplete { _ in open.leave() }
                    let socks = SOCKSServerHandshakeHandler()
                    try channel.pipeline.syncOperations.addHandlers(
                        socks, VerifierProxyHandler(socks, allows: settings.allows))
                }
            }
            .bind(unixDomainSocketPath: settings.socketPath, cleanupExistingSocketFile: true).get()
        chmod(settings.socketPath, 0o600)
        return VerifierProxyServer(channel: channel)
    }

    /// Stops listening. Open connections end with their event loop.
    package func stop() async { try? await channel.close() }
}

/// How many connections are open, so that there are never too many.
private final class OpenConnections: Sendable {
    private static let limit = 64
    private let count = Mutex(0)

    /// Counts one more, unless there are too many.
    func enter() -> Bool {
        count.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
