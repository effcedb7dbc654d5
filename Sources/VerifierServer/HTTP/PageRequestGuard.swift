// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
package import Hummingbird
package import WireProtocol

/// Lets only the sign-in page itself call the page's interface: no form and no script of another site can.
package struct PageRequestGuard: RouterMiddleware {
    private let origin: Origin

    /// A guard for the pages of an origin.
    package init(origin: Origin) { self.origin = origin }

    package func handle(
        _ request: Request, context: VerifierRequestContext,
        next: (Request, VerifierRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.xCountersign] == "1" else { throw Self.refused("the header X-Countersign is missing") }
        if let stated = request.headers[.origin], stated != origin.description {
            throw Self.refused("the request comes from another origin")
        }
        if let site = request.headers[.secFetchSite], site != "same-origin" {
            throw Self.refused("the request comes from another site")
        }
        return try await next(request, context)
    }

    private static func refused(_ reason: String) -> VerifierError {
        VerifierError(403, .validation, "Only the sign-in page may ask this: \(reason).")
    }
}
