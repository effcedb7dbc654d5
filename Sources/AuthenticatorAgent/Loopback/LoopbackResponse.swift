// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1
internal import WireProtocol

/// An answer as it goes over the wire: with CORS headers always, and a body for errors alone.
struct LoopbackResponse {
    let head: HTTPResponseHead
    let body: [UInt8]

    /// How long a browser may keep the answer to a preflight, in seconds.
    private static let preflightSeconds = "60"

    /// - Parameter origin: the request's `Origin`, where it names one.
    /// - Parameter closes: whether the connection ends with this answer.
    init(_ answer: LoopbackAnswer, origin: String?, allow: String, closes: Bool, isHead: Bool) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(10)
        if let origin { headers.add(name: "Access-Control-Allow-Origin", value: origin) }
        headers.add(name: "Vary", value: "Origin")
        headers.add(name: "Access-Control-Allow-Methods", value: "GET, POST, OPTIONS")
        headers.add(name: "Access-Control-Allow-Headers", value: "Content-Type, X-Okta-Xsrftoken")
        headers.add(name: "Access-Control-Max-Age", value: Self.preflightSeconds)
        headers.add(name: "Cache-Control", value: "no-store")
        var body: [UInt8] = []
        if let error = answer.error {
            body = (try? JSON.encode(error)) ?? []
            headers.add(name: "Content-Type", value: "application/json")
        }
        if answer.status == 405 { headers.add(name: "Allow", value: allow) }
        // A 204 has no length (RFC 9110 §8.6).
        if answer.status != 204 { headers.add(name: "Content-Length", value: String(body.count)) }
        if closes { headers.add(name: "Connection", value: "close") }
        head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        self.body = isHead ? [] : body
    }
}
