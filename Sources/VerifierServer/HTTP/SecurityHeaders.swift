// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
package import Hummingbird

/// Puts the headers on every answer that tell a browser what it must not do with it.
package struct SecurityHeaders: RouterMiddleware {
    private let isSecure: Bool

    /// Headers for an issuer that browsers reach by TLS, or not.
    package init(isSecure: Bool) { self.isSecure = isSecure }

    package func handle(
        _ request: Request, context: VerifierRequestContext,
        next: (Request, VerifierRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        set(&response, .contentSecurityPolicy, ContentSecurityPolicy.nothing.description)
        set(&response, .referrerPolicy, "no-referrer")
        set(&response, .xContentTypeOptions, "nosniff")
        set(&response, .xFrameOptions, "DENY")
        set(&response, .cacheControl, "no-store")
        if isSecure { set(&response, .strictTransportSecurity, "max-age=31536000") }
        return response
    }

    private func set(_ response: inout Response, _ name: HTTPField.Name, _ value: String) {
        if response.headers[name] == nil { response.headers[name] = value }
    }
}

extension HTTPField.Name {
    static let referrerPolicy = Self.literal("Referrer-Policy")
    static let xFrameOptions = Self.literal("X-Frame-Options")
    static let permissionsPolicy = Self.literal("Permissions-Policy")
    static let xForwardedFor = Self.literal("X-Forwarded-For")
    static let pragma = Self.literal("Pragma")
    static let secFetchSite = Self.literal("Sec-Fetch-Site")
    static let xCountersign = Self.literal("X-Countersign")

    /// A name that is known to be one.
    private static func literal(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("not a field name: \(text)") }
        return name
    }
}

/// What a page may load and reach (CSP Level 3). Whatever is not said is forbidden.
package struct ContentSecurityPolicy: Hashable, Sendable, CustomStringConvertible {
    private var directives: [String]

    private init(_ directives: [String]) {
        self.directives = ["default-src 'none'"] + directives + ["base-uri 'none'", "frame-ancestors 'none'"]
    }

    /// For answers that are no pages.
    static let nothing = ContentSecurityPolicy(["form-action 'none'"])

    /// For a page of text.
    static let text = ContentSecurityPolicy(["style-src 'self'", "img-src 'self'", "form-action 'none'"])

    /// For a page with a form that leads on to an origin.
    static func form(leadingTo origin: String?) -> ContentSecurityPolicy {
        ContentSecurityPolicy([
            "style-src 'self'", "img-src 'self'", "form-action 'self'" + (origin.map { " \($0)" } ?? ""),
        ])
    }

    /// For the sign-in page, which talks to this server and to the agent's ports.
    static func signIn(ports: [Int]) -> ContentSecurityPolicy {
        let agents = ports.flatMap { ["http://localhost:\($0)", "http://127.0.0.1:\($0)"] }.joined(separator: " ")
        return ContentSecurityPolicy([
            "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self' \(agents)",
            "form-action 'self'",
        ])
    }

    /// For the account page, which talks to this server alone.
    static let account = ContentSecurityPolicy([
        "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'",
    ])

    package var description: String { directives.joined(separator: "; ") }
}
