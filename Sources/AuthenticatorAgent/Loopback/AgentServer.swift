// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import HTTPSClient
internal import LocalSockets
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
package import WireProtocol

/// The agent's loopback endpoint with all that answers challenges behind it.
package final class AgentServer: Sendable {
    /// What the server works with.
    package struct Parts: Sendable {
        /// The enrolments.
        package var enrollments: any EnrollmentStore
        /// The stores of keys, by kind.
        package var keyStores: KeyStores
        /// Asks the person.
        package var consent: any ConsentPrompt
        /// Reads the device's signals.
        package var signals: any SignalSource
        /// Reads what organisations ask for by names of their own.
        package var reports: any ReportSource
        /// Speaks to verifiers.
        package var http: HTTPSClient
        /// Tells the time.
        package var clock: AgentClock
        /// Where events are written.
        package var logger: Logger
        /// The organisations whose challenges links may bring, as the administrator of this device has it.
        package var linkIssuers: Set<Origin> = []
        /// Told of an enrolment's id when its verifier did not take a signature of its keys: one may have been removed there.
        package var keyWasRefused: @Sendable (String) -> Void

        /// Parts.
        package init(
            enrollments: any EnrollmentStore, keyStores: KeyStores, consent: any ConsentPrompt,
            signals: any SignalSource, reports: any ReportSource = NoReports(), http: HTTPSClient,
            clock: AgentClock = .system, logger: Logger, linkIssuers: Set<Origin> = [],
            keyWasRefused: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.enrollments = enrollments
            self.keyStores = keyStores
            self.consent = consent
            self.signals = signals
            self.reports = reports
            self.http = http
            self.clock = clock
            self.logger = logger
            self.linkIssuers = linkIssuers
            self.keyWasRefused = keyWasRefused
        }
    }

    /// What a running server tells of itself.
    package struct Status: Hashable, Sendable {
        /// The addresses with the port; none before the start.
        package var addresses: [String]
        /// How many enrolments there are.
        package var enrollments: Int
        /// Whether a prompt is open.
        package var isPrompting: Bool
    }

    private struct Running {
        var sockets: LoopbackSockets
        var channels: [any Channel] = []
        var endpoint: NIOLoopBound<LoopbackEndpoint>
    }

    private let executor: LoopExecutor
    private let responder: ChallengeResponder
    private let directory: EnrollmentDirectory
    private let owners = SocketOwnerLookup()
    private let rule: PeerRule
    private let limits: LoopbackLimits
    private let running = Mutex<Running?>(nil)

    /// A server that does nothing yet.
    ///
    /// - Parameter uid: the user whose sockets are served: the effective user of this process.
    /// - Parameter eventLoop: where everything runs but what blocks; by default on a thread that lives as long as the process.
    package init(
        _ parts: Parts, uid: UInt32, limits: LoopbackLimits = LoopbackLimits(),
        settings: ResponderSettings = ResponderSettings(), eventLoop: (any EventLoop)? = nil
    ) {
        let executor = LoopExecutor(eventLoop ?? MultiThreadedEventLoopGroup(numberOfThreads: 1).any())
        let directory = EnrollmentDirectory(store: parts.enrollments, logger: parts.logger, executor: executor)
        let keySets = KeySetFollower(
            enrollments: parts.enrollments, http: parts.http, logger: parts.logger, executor: executor,
            minimumInterval: settings.keySetInterval)
        responder = ChallengeResponder(
            parts: ResponderParts(
                executor: executor,
                checks: ChallengeChecks(
                    directory: directory, keySets: keySets, clock: parts.clock, linkIssuers: parts.linkIssuers),
                keys: KeyRing(stores: parts.keyStores, executor: executor), consent: parts.consent,
                signals: parts.signals, reports: parts.reports,
                delivery: ResponseDelivery(http: parts.http, timeoutMillis: settings.deliveryTimeoutMillis),
                clock: parts.clock, logger: parts.logger, keyWasRefused: parts.keyWasRefused), settings: settings)
        self.executor = executor
        self.directory = directory
        self.limits = limits
        rule = PeerRule(uid: uid)
    }

    /// Listens on inherited sockets, or on the first port of a list that is free on 127.0.0.1 and ::1.
    ///
    /// - Parameter inherited: descriptors from the service manager; see `InheritedDescriptors`.
    /// - Returns: the addresses with the port.
    /// - Throws: `LoopbackSocketsError`.
    package func start(ports: [Int], inherited: [Int32] = []) async throws -> [String] {
        let sockets = try LoopbackSockets(inherited: inherited) ?? LoopbackSockets.listen(onFirstOf: ports)
        let responder = responder
        let directory = directory
        let limits = limits
        let loop = executor.loop
        let endpoint = try await loop.submit {
            NIOLoopBound(
                LoopbackEndpoint(
                    port: sockets.port, loop: loop, limits: limits, responder: responder, directory: directory),
                eventLoop: loop)
        }.get()
        var started = Running(sockets: sockets, endpoint: endpoint)
        for descriptor in sockets.descriptors {
            started.channels.append(try await bootstrap(endpoint).withBoundSocket(descriptor).get())
        }
        running.withLock { [started] in $0 = started }
        return sockets.addresses
    }

    /// Serves until the task is cancelled, then stops listening and closes all connections.
    package func run() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        await stop()
    }

    /// Stops listening and closes all connections.
    package func stop() async {
        guard
            let stopped = running.withLock({ running -> Running? in
                defer { running = nil }
                return running
            })
        else { return }
        for channel in stopped.channels { try? await channel.close().get() }
        try? await executor.loop.submit { stopped.endpoint.value.registry.closeAll() }.get()
    }

    /// What the server tells of itself now.
    package func status() async -> Status {
        Status(
            addresses: running.withLock { $0?.sockets.addresses ?? [] }, enrollments: await directory.count(),
            isPrompting: await responder.isPrompting)
    }

    /// Answers a challenge that a link brought, by the same checks but for those of a page, and never without a prompt.
    ///
    /// Cancelling the task withdraws the prompt.
    /// - Parameter challenge: a compact JWS.
    /// - Returns: why it was not answered, for a person; `nil` where the verifier took the answer.
    package func answer(link challenge: String) async -> String? {
        switch await responder.answer(link: challenge) {
        case nil: "the prompt was taken away"
        case let answer? where answer.status == 200: nil
        case let answer?: answer.error?.message ?? "this challenge is not for this agent"
        }
    }

    private func bootstrap(_ endpoint: NIOLoopBound<LoopbackEndpoint>) -> ServerBootstrap {
        let owners = owners
        let rule = rule
        let limits = limits
        return ServerBootstrap(group: executor.loop)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let connection = SocketPair(channel) else { throw ChannelError.unknownLocalAddress }
                    let bounds = HeadBounds(maximumBytes: limits.maximumHeadBytes)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(bounds)
                    try pipeline.addHandler(HTTPResponseEncoder())
                    try pipeline.addHandler(
                        ByteToMessageHandler(
                            HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits.decoder)))
                    try pipeline.addHandler(
                        LoopbackConnection(
                            endpoint: endpoint.value,
                            socket: CallingSocket(connection: connection, owners: owners, rule: rule), bounds: bounds))
                }
            }
    }
}

extension SocketPair {
    /// The connection of an accepted channel, as this end sees it.
    init?(_ channel: any Channel) {
        guard let local = channel.localAddress.flatMap(Self.endpoint),
            let remote = channel.remoteAddress.flatMap(Self.endpoint)
        else { return nil }
        self.init(local: local, remote: remote)
    }

    private static func endpoint(_ address: SocketAddress) -> SocketEndpoint? {
        address.withSockAddr { name, size in
            SocketEndpoint(socketName: UnsafeRawBufferPointer(start: name, count: size))
        }
    }
}
