// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import LocalSockets
internal import NIOCore
internal import NIOHTTP1
internal import WireProtocol

/// The paths of the loopback endpoint and what belongs to each. It belongs to the event loop.
final class LoopbackEndpoint {
    /// What becomes of a request.
    enum Route {
        case answer(LoopbackAnswer)
        case challenge(ChallengeSubmission)
    }

    let limits: LoopbackLimits
    let registry: ConnectionRegistry
    private let checks: RequestChecks
    private let responder: ChallengeResponder
    private let directory: EnrollmentDirectory
    private var lastID: UInt64 = 0

    init(
        port: Int, loop: any EventLoop, limits: LoopbackLimits, responder: ChallengeResponder,
        directory: EnrollmentDirectory
    ) {
        self.limits = limits
        self.responder = responder
        self.directory = directory
        registry = ConnectionRegistry(loop: loop, limits: limits)
        checks = RequestChecks(port: port)
    }

    /// A number for a request.
    func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Gives a challenge to the responder.
    func submit(
        _ submission: ChallengeSubmission, _ id: UInt64, reply: @escaping @Sendable (LoopbackAnswer) -> Void
    ) {
        responder.assumeIsolated { $0.receive(submission, id: id, reply: reply) }
    }

    /// Tells the responder that nobody waits for an answer any more.
    func abandon(_ id: UInt64) {
        responder.assumeIsolated { $0.abandon(id) }
    }

    /// What becomes of a complete request.
    func route(_ head: HTTPRequestHead, _ body: ByteBuffer, from socket: CallingSocket) -> Route {
        do throws(ChallengeRefusal) {
            let isChallenge = head.uri == "/challenge" && head.method == .POST
            let isPreflight = head.method == .OPTIONS && Self.methods[head.uri] != nil
            let origin = try checks.check(
                head.headers, from: socket, needsOrigin: isChallenge, isPreflight: isPreflight)
            guard let allowed = Self.methods[head.uri] else { return .answer(.notFound) }
            switch head.method {
            case .OPTIONS: return .answer(.preflight)
            case allowed: break
            default: return .answer(.methodNotAllowed)
            }
            guard isChallenge, let origin else {
                // A challenge is about to come.
                Task { [directory] in await directory.prepare() }
                return .answer(.success)
            }
            try checks.checkContentType(head.headers)
            return .challenge(
                ChallengeSubmission(
                    compact: try Self.challenge(in: body), bearer: .page(originHeader: origin, socket: socket)))
        } catch {
            return .answer(error.answer)
        }
    }

    /// The `Origin` that may be named in an answer.
    func nameableOrigin(_ head: HTTPRequestHead) -> String? {
        let origins = head.headers["origin"]
        guard origins.count == 1, RequestChecks.isAcceptable(origins[0]) else { return nil }
        return origins[0]
    }

    /// The methods of a path, for `Allow`.
    func allowedMethods(_ path: String) -> String {
        "\(Self.methods[path]?.rawValue ?? "GET"), OPTIONS"
    }

    private static let methods: [String: HTTPMethod] = ["/probe": .GET, "/challenge": .POST]

    private static func challenge(in body: ByteBuffer) throws(ChallengeRefusal) -> String {
        do {
            return try JSON.decode(ChallengeRequest.self, from: Array(buffer: body)).challengeRequest
        } catch {
            throw .malformed("the body is not a challenge request: \(error)")
        }
    }
}
