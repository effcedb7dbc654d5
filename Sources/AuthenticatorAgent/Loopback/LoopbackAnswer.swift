// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// What the loopback endpoint answers: a status, and for an error why.
struct LoopbackAnswer: Hashable, Sendable {
    let status: Int
    let error: LoopbackError?

    private init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        error = LoopbackError(error: code, message: message)
    }

    private init(status: Int) {
        self.status = status
        error = nil
    }

    /// A probe, or something was delivered to the verifier.
    static let success = LoopbackAnswer(status: 200)
    /// A preflight.
    static let preflight = LoopbackAnswer(status: 204)
    /// The request is not what belongs there.
    static func malformed(_ message: String) -> LoopbackAnswer { LoopbackAnswer(400, "invalid_request", message) }
    /// A genuine challenge that counts no more.
    static func unauthorized(_ code: String, _ message: String) -> LoopbackAnswer { LoopbackAnswer(401, code, message) }
    /// A genuine challenge from an origin that may not carry it.
    static let foreignOrigin = LoopbackAnswer(
        403, "origin_not_allowed",
        "this page may not carry sign-ins of the organisation; close it, and tell your administrator")
    /// No such path.
    static let notFound = LoopbackAnswer(404, "not_found", "there is nothing here")
    /// Another method belongs there.
    static let methodNotAllowed = LoopbackAnswer(405, "method_not_allowed", "this method is not spoken here")
    /// Another prompt is open, or too much was asked.
    static func tooManyRequests(_ message: String) -> LoopbackAnswer {
        LoopbackAnswer(429, "too_many_requests", message)
    }
    /// The verifier, or a key of this device, refused.
    static func refused(_ code: String, _ message: String) -> LoopbackAnswer { LoopbackAnswer(502, code, message) }
    /// Another user's socket, another organisation's challenge, a forged one: all alike.
    static let notForThisAgent = LoopbackAnswer(503, "not_for_this_agent", "this challenge is not for this agent")
    /// The verifier could not be reached.
    static func unreachable(_ message: String) -> LoopbackAnswer {
        LoopbackAnswer(504, "verifier_unreachable", message)
    }
}
