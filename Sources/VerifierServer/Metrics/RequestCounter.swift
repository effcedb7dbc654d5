// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird

/// Counts and times requests by the route that answers them, as it is declared: a path that none has is `unmatched`.
struct RequestCounter: RouterMiddleware {
    let metrics: VerifierMetrics

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

    /// A request's method, or `other` for those that no route has: whoever asks may write any word.
    static func label(_ method: HTTPRequest.Method) -> String {
        methods.contains(method.rawValue) ? method.rawValue : "other"
    }

    func handle(
        _ request: Request, context: VerifierRequestContext,
        next: (Request, VerifierRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let route = context.endpointPath ?? "unmatched"
        let method = Self.label(request.method)
        func note(_ status: Int) {
            metrics.requests.count(route, method, "\(status)")
            metrics.requestTimes.observe(route, start.duration(to: .now))
        }
        do {
            let response = try await next(request, context)
            note(response.status.code)
            return response
        } catch {
            note(500)
            throw error
        }
    }
}
