// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries
internal import NIOCore
internal import WireProtocol

/// Where every request to the management API comes in and every answer goes out: token, scope, rate, errors.
struct ManagementGate: Sendable {
    let services: VerifierServices
    let tokens: APITokenDirectory
    let address: @Sendable (Request, VerifierRequestContext) -> String

    typealias Handler = @Sendable (ManagementCall) async throws -> ManagementAnswer

    /// Adds a route that a scope opens.
    func on(
        _ router: Router<VerifierRequestContext>, _ method: HTTPRequest.Method, _ path: RouterPath,
        _ resource: APIScope.Resource, _ handler: @escaping Handler
    ) {
        let isManage = method != .get
        on(router, method, path, scope: APIScope(resource, isManage: isManage), handler)
    }

    /// Adds a route that a scope opens.
    func on(
        _ router: Router<VerifierRequestContext>, _ method: HTTPRequest.Method, _ path: RouterPath,
        scope: APIScope, _ handler: @escaping Handler
    ) {
        router.on(RouterPath("/api/v1\(path)"), method: method) { request, context in
            try await respond(to: request, context, scope: scope, handler)
        }
    }

    private func respond(
        to request: Request, _ context: VerifierRequestContext, scope: APIScope, _ handler: Handler
    ) async throws -> Response {
        let address = address(request, context)
        var standing: RateLimitStanding?
        var response: Response
        do {
            let token = try await authenticate(request, address)
            standing = try await services.rateLimiter.standing(
                afterSpending: .management(tokenID: token.id), by: address)
            guard token.allows(scope) else {
                await refuse("the token has no scope \(scope)", by: .apiToken(token), address)
                throw ManagementError.forbidden(scope)
            }
            guard let query = request.uri.query.map({ FormParameters($0) }) ?? FormParameters("") else {
                throw ManagementError.validation("the query is broken or too long")
            }
            let answer = try await handler(
                ManagementCall(
                    request: request, context: context, services: services, token: token, address: address,
                    query: query))
            await record(answer.events, by: token, address)
            response = try self.response(answer, to: request, query)
        } catch {
            guard let refusal = ManagementError(error) else { throw error }
            response = try self.response(refusal)
            if let wait = (error as? VerifierError)?.retryAfter {
                response.headers[.retryAfter] = "\(wait)"
                standing = refusedStanding(waiting: wait)
            }
        }
        if let standing {
            response.headers[.rateLimit] = "\(standing.limit)"
            response.headers[.rateLimitRemaining] = "\(standing.remaining)"
            response.headers[.rateLimitReset] = "\(standing.reset)"
        }
        return response
    }

    private func authenticate(_ request: Request, _ address: String) async throws -> APITokenRecord {
        try await services.rateLimiter.check(.refusedToken, by: address)
        if let text = Self.presented(request.headers[.authorization]),
            let token = try await tokens.find(text)
        {
            return token
        }
        try await services.rateLimiter.spend(.refusedToken, by: address)
        await refuse("the token is missing, wrong, expired or revoked", by: .system, address)
        throw ManagementError.invalidToken
    }

    /// The token of an Authorization header. Okta's Python SDK puts no space behind the scheme's name, which Okta takes as well.
    private static func presented(_ header: String?) -> String? {
        guard let header, header.prefix(4).lowercased() == "ssws" else { return nil }
        let token = header.dropFirst(4).drop { $0 == " " }
        return token.contains(" ") ? nil : String(token)
    }

    private func refuse(_ reason: String, by actor: AuditEvent.Entity, _ address: String) async {
        let event = AuditEvent(.apiTokenRefuse, outcome: .failure(reason), actor: actor, address: address)
        await services.recordRefusal(event, by: address)
    }

    private func record(_ events: [AuditEvent], by token: APITokenRecord, _ address: String) async {
        guard !events.isEmpty else { return }
        await services.audit.record(
            events.map { event in
                var event = event
                event.actor = .apiToken(token)
                event.address = address
                return event
            })
    }

    private func refusedStanding(waiting seconds: Int) -> RateLimitStanding? {
        services.settings.rateLimits.managementRequestsPerToken.map {
            RateLimitStanding($0, fullAgain: Double(services.clock.now() + $0.seconds), now: services.clock.now())
        }
    }

    private func response(
        _ answer: ManagementAnswer, to request: Request, _ query: FormParameters
    ) throws -> Response {
        let status = HTTPResponse.Status(code: answer.status)
        var response = try answer.value.map { try Response.json($0, status: status) } ?? Response(status: status)
        response.headers[.eTag] = answer.tag
        if answer.leftOut > 0 { response.headers[.leftOut] = "\(answer.leftOut)" }
        if case .array = answer.value {
            let own = services.settings.issuer + request.uri.string
            response.headers.append(HTTPField(name: .pageLink, value: "<\(own)>; rel=\"self\""))
        }
        if let next = answer.next {
            let kept = query.pairs.filter { $0.name != "after" } + [("after", next.text)]
            let uri = FormParameters.append(
                kept.map { ($0.name, $0.value) }, to: services.settings.issuer + request.uri.path)
            response.headers.append(HTTPField(name: .pageLink, value: "<\(uri)>; rel=\"next\""))
        }
        return response
    }

    private func response(_ error: ManagementError) throws -> Response {
        try Response.json(
            ErrorEnvelope(
                code: ErrorCode(rawValue: error.code), summary: error.summary,
                id: (try? SecureRandom.identifier(prefix: "err")) ?? "err", causes: error.causes),
            status: HTTPResponse.Status(code: error.status))
    }
}
