// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSOCKS

/// One connection to the proxy, from its greeting until it is relayed (RFC 1928 §3 to §6).
final class VerifierProxyHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ClientMessage
    typealias OutboundOut = ServerMessage

    /// How long a client may take to say where to, and a server to take the connection.
    private static let timeToAsk = TimeAmount.seconds(5), timeToConnect = TimeAmount.seconds(30)

    private let socks: SOCKSServerHandshakeHandler
    private let allows: @Sendable (NetworkEndpoint) -> Bool
    private var timer: Scheduled<Void>?
    private var isOver = false
    private var isInputClosed = false

    /// - Parameters:
    ///   - socks: what parses, before this handler in the pipeline.
    ///   - allows: whether a connection may be made.
    init(_ socks: SOCKSServerHandshakeHandler, allows: @escaping @Sendable (NetworkEndpoint) -> Bool) {
        self.socks = socks
        self.allows = allows
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: Self.timeToAsk) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The parser lets go of what it kept, which is no message, when the pipeline is taken down.
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .greeting(let greeting):
            let method = greeting.methods.contains(.noneRequired) ? AuthenticationMethod.noneRequired : .noneAcceptable
            let answer = ServerMessage.selectedAuthenticationMethod(.init(method: method))
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            if method == .noneAcceptable { context.close(promise: nil) }
        case .request(let request):
            timer?.cancel()
            connect(request, context)
        case .authenticationData:
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { isInputClosed = true }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func connect(_ request: SOCKSRequest, _ context: ChannelHandlerContext) {
        guard request.command == .connect else { return refuse(.commandUnsupported, context) }
        guard let endpoint = NetworkEndpoint(request.addressType) else { return refuse(.addressUnsupported, context) }
        guard allows(endpoint) else { return refuse(.notAllowed, context) }
        let (near, far) = Relay.pair()
        let relays = NIOLoopBound((near: near, far: far), eventLoop: context.eventLoop)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        Self.connect(to: endpoint.hosts[...], endpoint.port, on: context.eventLoop).whenComplete { result in
            let (handler, context) = bound.value
            switch result {
            case .success(let server): handler.relay(server, relays.value, context)
            case .failure(let error): handler.refuse(Self.reply(to: error), context)
            }
        }
    }

    /// A connection to the first host that takes it; where none does, why the first did not.
    private static func connect(
        to hosts: ArraySlice<String>, _ port: Int, on eventLoop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        guard let host = hosts.first else { return eventLoop.makeFailedFuture(ChannelError.connectPending) }
        // What the server says first waits until the client knows that it is connected.
        return ClientBootstrap(group: eventLoop)
            .connectTimeout(timeToConnect)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .connect(host: host, port: port)
            .flatMapError { error in
                connect(to: hosts.dropFirst(), port, on: eventLoop).flatMapErrorThrowing { _ in throw error }
            }
    }

    private func relay(_ server: any Channel, _ relays: (near: Relay, far: Relay), _ context: ChannelHandlerContext) {
        let client = context.channel
        guard client.isActive else { return server.close(promise: nil) }
        do {
            context.writeAndFlush(wrapOutboundOut(.response(Self.response(.succeeded))), promise: nil)
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(relays.near)
            try server.pipeline.syncOperations.addHandler(relays.far)
            pipeline.removeHandler(context: context, promise: nil)
            // What the client sent on at once comes out of the parser as it goes.
            pipeline.removeHandler(socks, promise: nil)
            relays.near.passOn(isAll: isInputClosed)
            try server.syncOptions?.setOption(.autoRead, value: true)
            server.read()
        } catch {
            server.close(promise: nil)
            client.close(promise: nil)
        }
    }

    private func refuse(_ reply: SOCKSServerReply, _ context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.response(Self.response(reply))))
            .whenComplete { _ in channel.close(promise: nil) }
    }

    /// Where the proxy's own end is bound is nobody's business. Of an IPv4 address, since libcurl waits for as many bytes as one takes.
    private static func response(_ reply: SOCKSServerReply) -> SOCKSResponse {
        SOCKSResponse(reply: reply, boundAddress: nowhere)
    }

    private static let nowhere: SOCKSAddress =
        (try? SocketAddress(ipAddress: "0.0.0.0", port: 0)).map(SOCKSAddress.address) ?? .domain("unknown", port: 0)

    /// What a failure to connect is in SOCKS (RFC 1928 §6).
    private static func reply(to error: any Error) -> SOCKSServerReply {
        let failures = (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]
        let codes = failures.compactMap { ($0 as? IOError)?.errnoCode }
        if codes.contains(ECONNREFUSED) { return .refused }
        if !codes.isEmpty, codes.allSatisfy({ $0 == ENETUNREACH || $0 == ENETDOWN }) { return .networkUnreachable }
        return .hostUnreachable
    }
}
