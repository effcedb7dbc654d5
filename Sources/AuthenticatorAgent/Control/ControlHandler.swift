// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import NIOCore
internal import Pinentry
internal import WireProtocol

/// One connection to the control socket: one request, and then silence until it ends.
final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = [UInt8]

    private static let timeToAsk = TimeAmount.seconds(5)
    private let terminals: LentTerminals
    private let connections: ConnectionCount
    private let links: @Sendable (String) async -> String?
    private let status: @Sendable () async -> AgentStatus
    private var hasAsked = false
    private var isCounted = false
    private var loan: Task<Int, Never>?
    private var link: Task<Void, Never>?
    private var timer: Scheduled<Void>?

    init(
        terminals: LentTerminals, connections: ConnectionCount,
        links: @escaping @Sendable (String) async -> String?, status: @escaping @Sendable () async -> AgentStatus
    ) {
        self.terminals = terminals
        self.connections = connections
        self.links = links
        self.status = status
    }

    func channelActive(context: ChannelHandlerContext) {
        isCounted = true
        guard connections.enter() else { return context.close(promise: nil) }
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: Self.timeToAsk) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { connections.leave() }
        timer?.cancel()
        link?.cancel()
        if let loan {
            let terminals = terminals
            Task { await terminals.takeBack(await loan.value) }
        }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAsked else { return context.close(promise: nil) }
        hasAsked = true
        timer?.cancel()
        let line = unwrapInboundIn(data)
        let channel = context.channel
        guard let provider = channel as? any SocketOptionProvider else { return context.close(promise: nil) }
        let peer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        peer.map(\.uid).whenComplete { result in
            guard case .success(let uid) = result, uid == geteuid() else { return channel.close(promise: nil) }
            handler.value.answer(line, on: channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ line: [UInt8], on channel: any Channel) {
        guard let request = try? JSON.decode(ControlRequest.self, from: line, limit: ControlLineDecoder.longestLine)
        else {
            return ControlReply(error: "not a request of the control protocol").send(on: channel, thenClose: true)
        }
        switch request.command {
        case .status:
            let currentStatus = status
            Task { ControlReply(status: await currentStatus()).send(on: channel, thenClose: true) }
        case .attend:
            guard let terminal = Self.terminal(of: request) else {
                return ControlReply(error: "that is not a terminal of yours").send(on: channel, thenClose: true)
            }
            let terminals = terminals
            loan = Task { await terminals.lend(terminal) }
            ControlReply(attending: true).send(on: channel, thenClose: false)
        case .challenge:
            guard let challenge = request.challenge else {
                return ControlReply(error: "the challenge is missing").send(on: channel, thenClose: true)
            }
            let links = links
            link = Task {
                let refusal = await links(challenge)
                (refusal.map { ControlReply(error: $0) } ?? ControlReply(answered: true))
                    .send(on: channel, thenClose: true)
            }
        }
    }

    /// The terminal of a request, where it is a character device of this user's.
    private static func terminal(of request: ControlRequest) -> PromptSurface.Terminal? {
        var status = stat()
        guard
            let terminal = PromptSurface.Terminal(
                name: request.terminal ?? "", type: request.terminalType ?? "",
                characterType: request.characterType ?? ""),
            lstat(terminal.name, &status) == 0, status.st_mode & S_IFMT == S_IFCHR, status.st_uid == geteuid()
        else { return nil }
        return terminal
    }
}

extension ControlReply {
    /// Writes the reply as a line.
    fileprivate func send(on channel: any Channel, thenClose: Bool) {
        guard let bytes = try? JSON.encode(self) else { return channel.close(promise: nil) }
        let written = channel.writeAndFlush(ByteBuffer(bytes: bytes + [10]))
        if thenClose { written.whenComplete { _ in channel.close(promise: nil) } }
    }
}

/// The layout of `struct ucred` (unix(7)), which glibc declares for GNU sources alone.
private struct PeerCredentials: Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
}
