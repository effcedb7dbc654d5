// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Counts the bytes of a request until its header is complete, and notes when its first byte came.
final class HeadBounds: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Too many bytes without a complete header.
    struct HeadTooLong: Error {}

    private let maximumBytes: Int
    private var pending = 0
    private var awaitsHead = true
    /// Called with the first byte of a request.
    var requestBegins: (() -> Void)?

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// The header is complete.
    func headArrived() { awaitsHead = false }

    /// The request is complete: the next byte is of another.
    func requestEnded() {
        awaitsHead = true
        pending = 0
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        if awaitsHead {
            if pending == 0 { requestBegins?() }
            pending += count
        }
        context.fireChannelRead(data)
        if awaitsHead, pending > maximumBytes { context.fireErrorCaught(HeadTooLong()) }
    }
}
