// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc
internal import LocalSockets
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Takes the one redirect with which a sign-in in the browser comes back (RFC 8252 §7.3).
///
/// It listens on a port of the moment on the loopback, serves sockets of this user alone, and takes the first redirect that
/// bears the sign-in's own state.
final class RedirectListener: Sendable {
    /// How a sign-in came back.
    enum Outcome: Sendable {
        /// With an authorization code; the issuer is the parameter of RFC 9207, where it was sent.
        case code(String, issuer: String?)
        /// With an error of RFC 6749 §4.1.2.1.
        case error(String)
    }

    /// Where the browser is sent back to.
    let redirectURI: String
    private let channels: [any Channel]
    private let outcome: EventLoopPromise<Outcome>

    private init(redirectURI: String, channels: [any Channel], outcome: EventLoopPromise<Outcome>) {
        self.redirectURI = redirectURI
        self.channels = channels
        self.outcome = outcome
    }

    /// Listens.
    ///
    /// - Parameter state: what the redirect must bear.
    static func start(state: String, group: any EventLoopGroup) async throws -> RedirectListener {
        let sockets = try LoopbackSockets.listen(onFirstOf: [0])
        let outcome = group.next().makePromise(of: Outcome.self)
        let owners = SocketOwnerLookup()
        let connections = ConnectionCount()
        let bootstrap = ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let pair = SocketPair(channel), PeerRule(uid: geteuid()).serves(owners.peerOwner(of: pair)) else {
                    throw ChannelError.connectTimeout(.zero)
                }
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(HeadBounds(maximumBytes: 16384))
                try pipeline.addHandler(HTTPResponseEncoder())
                try pipeline.addHandler(
                    ByteToMessageHandler(
                        HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes), maximumBufferSize: 32768))
                try pipeline.addHandler(
                    RedirectHandler(port: sockets.port, state: state, outcome: outcome, connections: connections))
            }
        }
        var channels: [any Channel] = []
        for descriptor in sockets.descriptors {
            channels.append(try await bootstrap.withBoundSocket(descriptor).get())
        }
        return RedirectListener(
            redirectURI: "http://127.0.0.1:\(sockets.port)/login/callback", channels: channels, outcome: outcome)
    }

    /// Waits for the redirect.
    ///
    /// - Throws: ``EnrollmentError`` when it did not come in time, and `CancellationError`.
    func wait(atMost limit: Duration) async throws -> Outcome {
        let timeOut = outcome.futureResult.eventLoop.scheduleTask(in: .milliseconds(Int64(limit / .milliseconds(1)))) {
            self.outcome.fail(
                EnrollmentError(
                    .cancelled, "nobody signed in within \(Int(limit / .seconds(60))) minutes",
                    hint: "run the command again"))
        }
        defer { timeOut.cancel() }
        return try await withTaskCancellationHandler {
            try await outcome.futureResult.get()
        } onCancel: {
            outcome.fail(CancellationError())
        }
    }

    /// Stops listening.
    func stop() async {
        outcome.fail(CancellationError())
        for channel in channels { try? await channel.close().get() }
    }
}

/// One connection to the redirect listener: one request, one answer.
final class RedirectHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let timeToAsk = TimeAmount.seconds(10)
    private let port: Int
    private let state: String
    private let outcome: EventLoopPromise<RedirectListener.Outcome>
    private let connections: ConnectionCount
    private var isCounted = false
    private var isAnswered = false

    init(
        port: Int, state: String, outcome: EventLoopPromise<RedirectListener.Outcome>, connections: ConnectionCount
    ) {
        self.port = port
        self.state = state
        self.outcome = outcome
        self.connections = connections
    }

    func channelActive(context: ChannelHandlerContext) {
        isCounted = true
        guard connections.enter() else { return context.close(promise: nil) }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.timeToAsk) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { connections.leave() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !isAnswered else { return }
        isAnswered = true
        guard let arrived = arrival(head) else {
            return answer(.badRequest, "This is not a sign-in that the agent waits for.", context)
        }
        outcome.succeed(arrived)
        switch arrived {
        case .code: answer(.ok, "You are signed in. You can close this page and go back to the terminal.", context)
        case .error: answer(.ok, "The sign-in was refused. The terminal says more.", context)
        }
    }

    /// What a request brings; `nil` for all but the redirect of this sign-in.
    private func arrival(_ head: HTTPRequestHead) -> RedirectListener.Outcome? {
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        guard head.method == .GET, head.headers["host"] == ["127.0.0.1:\(port)"], parts.count == 2,
            parts[0] == "/login/callback", let fields = FormEncoding.decode(parts[1]),
            let given = fields["state"], ConstantTime.equal(given, state)
        else { return nil }
        if let error = fields["error"] { return .error(fields["error_description"] ?? error) }
        guard let code = fields["code"], !code.isEmpty else { return nil }
        return .code(code, issuer: fields["iss"])
    }

    private func answer(_ status: HTTPResponseStatus, _ sentence: String, _ context: ChannelHandlerContext) {
        let page = """
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">\
            <title>Countersign</title><main><p>\(sentence)</p></main></html>

            """
        let headers: HTTPHeaders = [
            "Content-Type": "text/html; charset=utf-8", "Content-Length": "\(page.utf8.count)", "Connection": "close",
            "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
        ]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: page)))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
