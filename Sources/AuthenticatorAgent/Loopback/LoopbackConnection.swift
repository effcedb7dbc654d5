// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import LocalSockets
internal import NIOCore
internal import NIOHTTP1
internal import WireProtocol

/// One connection to the loopback endpoint: takes requests one after the other and answers them. It belongs to the event loop.
final class LoopbackConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between requests.
        case idle
        /// A request arrives.
        case receiving(HTTPRequestHead, ByteBuffer)
        /// A challenge is being answered, under this number.
        case answering(HTTPRequestHead, UInt64)
        /// Nothing more is read or answered.
        case closed
    }

    private let endpoint: LoopbackEndpoint
    private let socket: CallingSocket
    private let bounds: HeadBounds
    private var context: ChannelHandlerContext?
    private var state = State.idle
    private var closesAfterAnswer = false
    /// Whether the connection was not the user's own when it came.
    private(set) var isForeign = false
    /// When the connection is closed unless something happens.
    private(set) var deadline: NIODeadline

    init(endpoint: LoopbackEndpoint, socket: CallingSocket, bounds: HeadBounds) {
        self.endpoint = endpoint
        self.socket = socket
        self.bounds = bounds
        deadline = .now() + TimeAmount(endpoint.limits.idleTimeout)
    }

    /// Whether no request is under way.
    var isIdle: Bool { if case .idle = state { true } else { false } }

    /// Ends the connection.
    func close() { context?.close(promise: nil) }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        isForeign = !socket.isServed
        if isForeign { deadline = .now() + TimeAmount(endpoint.limits.readTimeout) }
        guard endpoint.registry.admit(self) else { return context.close(promise: nil) }
        bounds.requestBegins = { [weak self] in self?.requestBegins() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        endpoint.registry.remove(self)
        if case .answering(_, let id) = state { endpoint.abandon(id) }
        state = .closed
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .idle, .receiving:
            guard error is HTTPParserError || error is HeadBounds.HeadTooLong else { break }
            closesAfterAnswer = true
            if case .receiving(let head, _) = state {
                return respond(.malformed("the request is not HTTP"), to: head)
            }
            return respond(
                .malformed("the request is not HTTP"), to: HTTPRequestHead(version: .http1_1, method: .GET, uri: ""))
        case .answering, .closed: break
        }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle): begin(head)
        case (.body(let part), .receiving(let head, var body)):
            state = .idle
            guard body.readableBytes + part.readableBytes <= endpoint.limits.maximumBodyBytes else {
                closesAfterAnswer = true
                return respond(
                    .malformed("the body is longer than \(endpoint.limits.maximumBodyBytes) bytes"), to: head)
            }
            body.writeImmutableBuffer(part)
            state = .receiving(head, body)
        case (.end, .receiving(let head, let body)):
            bounds.requestEnded()
            handle(head, body)
        case (.head, .answering):
            // A request behind one that is not answered: it is not read, and the connection ends with the answer.
            closesAfterAnswer = true
            context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
        default: break
        }
    }

    private func requestBegins() {
        guard case .idle = state, !isForeign else { return }
        deadline = .now() + TimeAmount(endpoint.limits.readTimeout)
    }

    private func begin(_ head: HTTPRequestHead) {
        bounds.headArrived()
        guard !closesAfterAnswer else { return }
        state = .receiving(head, ByteBuffer())
        let statedLength = head.headers["content-length"].first.map { Int($0) ?? .max } ?? 0
        guard statedLength <= endpoint.limits.maximumBodyBytes else {
            closesAfterAnswer = true
            return respond(.malformed("the body is longer than \(endpoint.limits.maximumBodyBytes) bytes"), to: head)
        }
        guard let expectation = head.headers["expect"].first else { return }
        guard expectation.lowercased() == "100-continue" else {
            closesAfterAnswer = true
            return respond(.malformed("what the request expects is not offered"), to: head)
        }
        context?.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    private func handle(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        deadline = .distantFuture
        switch endpoint.route(head, body, from: socket) {
        case .answer(let answer):
            respond(answer, to: head)
        case .challenge(let submission):
            let id = endpoint.nextID()
            state = .answering(head, id)
            guard let loop = context?.eventLoop else { return }
            let connection = NIOLoopBound(self, eventLoop: loop)
            endpoint.submit(submission, id) { answer in
                guard case .answering(let head, id) = connection.value.state else { return }
                connection.value.respond(answer, to: head)
            }
        }
    }

    private func respond(_ answer: LoopbackAnswer, to head: HTTPRequestHead) {
        guard let context else { return }
        if !head.isKeepAlive || isForeign { closesAfterAnswer = true }
        let response = LoopbackResponse(
            answer, origin: endpoint.nameableOrigin(head), allow: endpoint.allowedMethods(head.uri),
            closes: closesAfterAnswer, isHead: head.method == .HEAD)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        if !response.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        if closesAfterAnswer {
            state = .closed
            deadline = .now() + TimeAmount(endpoint.limits.readTimeout)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
        } else {
            state = .idle
            deadline = .now() + TimeAmount(endpoint.limits.idleTimeout)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
