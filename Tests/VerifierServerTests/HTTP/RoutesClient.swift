// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import VerifierServer

/// Asks a verifier's routes, with no connection in between.
struct RoutesClient: Sendable {
    private let responder: RouterResponder<VerifierRequestContext>

    init(_ router: Router<VerifierRequestContext>) { responder = router.buildResponder() }

    /// Sends a request and waits for the whole answer.
    func execute(
        uri: String, method: HTTPRequest.Method, headers: HTTPFields = [:], body: ByteBuffer? = nil
    ) async throws -> RoutesResponse {
        var headers = headers
        if let body { headers[.contentLength] = String(body.readableBytes) }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: uri, headerFields: headers),
            body: RequestBody(asyncSequence: Self.arriving(body ?? ByteBuffer())))
        let context = VerifierRequestContext(
            source: ApplicationRequestContextSource(
                channel: NIOAsyncTestingChannel(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let response = try await responder.respond(to: request, context: context)
        let writer = Writer()
        try await response.body.write(writer)
        return RoutesResponse(
            status: response.status, headers: response.headers, body: writer.written.withLock { $0 })
    }

    /// A body as it comes from the network, in pieces.
    private static func arriving(_ body: ByteBuffer) -> AsyncStream<ByteBuffer> {
        AsyncStream { stream in
            var rest = body
            while let piece = rest.readSlice(length: min(32 * 1024, rest.readableBytes)), piece.readableBytes > 0 {
                stream.yield(piece)
            }
            stream.finish()
        }
    }

    private final class Writer: ResponseBodyWriter, Sendable {
        let written = Mutex(ByteBuffer())

        func write(_ buffer: ByteBuffer) { _ = written.withLock { $0.writeImmutableBuffer(buffer) } }

        func finish(_ trailers: HTTPFields?) {}
    }
}

/// What routes answered.
struct RoutesResponse: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer
}
