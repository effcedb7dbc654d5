// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import WireProtocol

/// What monitoring asks: whether the process lives, whether it can work, and what it counted.
struct MonitoringRoutes: Sendable {
    let readiness: Readiness

    private struct Report: Encodable {
        var status: String
        var checks: [String: String]
    }

    /// `/livez` and `/readyz`, for load balancers and service managers.
    func add(to router: Router<VerifierRequestContext>) {
        router.get("/livez") { _, _ in Response(status: .ok) }
        router.get("/readyz") { _, _ in
            let failed = await readiness.failures()
            let checks = Readiness.Part.allCases.map { ($0.rawValue, failed.contains($0) ? "failed" : "ok") }
            return try Response.json(
                Report(
                    status: failed.isEmpty ? "ready" : "not ready", checks: Dictionary(uniqueKeysWithValues: checks)),
                status: failed.isEmpty ? .ok : .serviceUnavailable)
        }
    }

    /// `/metrics`.
    static func add(_ metrics: VerifierMetrics, to router: Router<VerifierRequestContext>) {
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: MetricText.mediaType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text())))
        }
    }
}

/// Answers some addresses alone. The other end of the connection counts: what it says of whom it speaks for does not.
struct AllowedPeers: RouterMiddleware {
    let ranges: [IPAddressRange]

    func handle(
        _ request: Request, context: VerifierRequestContext,
        next: (Request, VerifierRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let peer = context.channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }),
            ranges.contains(where: { $0.contains(peer) })
        else { throw VerifierError(403, .accessDenied, "This address may not ask here.") }
        return try await next(request, context)
    }
}
