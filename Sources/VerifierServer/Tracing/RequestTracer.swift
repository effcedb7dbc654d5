// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import Tracing

/// A span for each request, named by the route that answers it as it is declared.
///
/// Paths and queries hold codes, names and identifiers: neither they nor header fields go into a trace. A request is part of a trace
/// that began elsewhere where a trusted proxy says so; what others say of it does not count, for they could have all they send recorded.
struct RequestTracer: RouterMiddleware {
    let trusted: [IPAddressRange]

    func handle(
        _ request: Request, context: VerifierRequestContext,
        next: (Request, VerifierRequestContext) async throws -> Response
    ) async throws -> Response {
        let tracer = InstrumentationSystem.tracer
        var above = ServiceContext.topLevel
        if let peer = context.channel.remoteAddress?.ipAddress.flatMap(IPAddress.init),
            trusted.contains(where: { $0.contains(peer) })
        {
            tracer.extract(request.headers, into: &above, using: HeaderExtractor())
        }
        let method = RequestCounter.label(request.method)
        // The router has looked for it already; where there is none, it says one of its own afterwards.
        let route = context.endpointPath
        let name = route.map { "\(method) \($0)" } ?? method
        let span = tracer.startSpan(name, context: above, ofKind: .server)
        func end(_ status: Int) {
            span.updateAttributes {
                $0["http.request.method"] = method
                $0["http.route"] = route
                $0["http.response.status_code"] = status
            }
            if status >= 500 { span.setStatus(SpanStatus(code: .error)) }
            span.end()
        }
        do {
            let response = try await ServiceContext.withValue(span.context) { try await next(request, context) }
            end(response.status.code)
            return response
        } catch {
            span.recordError(error)
            end(500)
            throw error
        }
    }
}

private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { headers[$0] }
    }
}
