// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// One of the two ends of a relayed connection: what comes here goes out there, in order, to its end.
///
/// It reads as fast as the other end takes, and both ends are of one event loop.
final class Relay: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: Relay?
    private var context: ChannelHandlerContext?
    private var isReadPending = false

    /// The two ends.
    static func pair() -> (Relay, Relay) {
        let (first, second) = (Relay(), Relay())
        first.partner = second
        second.partner = first
        return (first, second)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner?.context?.write(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { partner?.context?.flush() }

    /// Passes on what came here before this was an end.
    ///
    /// - Parameter isAll: whether nothing more comes.
    func passOn(isAll: Bool) {
        partner?.context?.flush()
        if isAll { partner?.context?.close(mode: .output, promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            passOn(isAll: true)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let other = partner?.context
        partner = nil
        other?.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readOn() }
    }

    func read(context: ChannelHandlerContext) {
        if partner?.context?.channel.isWritable != false {
            context.read()
        } else {
            isReadPending = true
        }
    }

    private func readOn() {
        guard isReadPending else { return }
        isReadPending = false
        context?.read()
    }
}
