// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird

/// Where every request to the management API comes in and every answer goes out: token, scope, rate, errors.
struct ManagementGate: Sendable {
    let services: VerifierServices
    let tokens: APITokenDirectory
    /// Who has an access token.
    var accessTokens: AccessTokenCallers?
    let address: @Sendable (Request, VerifierRequestContext) -> String
    let form: any ManagementForm

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
        router.on(RouterPath("\(form.base)\(path)"), method: method) { request, context in
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
            let caller = try await authenticate(request, address)
            standing = try await services.rateLimiter.standing(
                afterSpending: .management(tokenID: caller.id), by: address)
            guard caller.allows(scope) else {
                await refuse("the token has no scope \(scope)", by: caller.entity, address)
                throw ManagementError.forbidden(scope)
            }
            guard let query = request.uri.query.map({ FormParameters($0) }) ?? FormParameters("") else {
                throw ManagementError.validation("the query is broken or too long")
            }
            let answer = try await handler(
                ManagementCall(
                    request: request, context: context, services: services, caller: caller, address: address,
                    query: query))
            await record(answer.events, by: caller, address)
            response = try form.response(answer, to: request, query)
        } catch {
            guard let refusal = ManagementError(error) else { throw error }
            response = try form.response(refusal)
            if let challenge = form.challenge(for: refusal, to: request, scope: scope) {
                response.headers[.wwwAuthenticate] = challenge
            }
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

    private func authenticate(_ request: Request, _ address: String) async throws -> ManagementCaller {
        try await services.rateLimiter.check(.refusedToken, by: address)
        let header = request.headers[.authorization]
        if let text = form.presentedToken(header), let token = try await tokens.find(text) {
            return ManagementCaller(token)
        }
        if let text = form.presentedAccessToken(header), let caller = try await accessTokens?.find(text) {
            return caller
        }
        try await services.rateLimiter.spend(.refusedToken, by: address)
        await refuse("the token is missing, wrong, expired or revoked", by: .system, address)
        throw ManagementError.invalidToken
    }

    private func refuse(_ reason: String, by actor: AuditEvent.Entity, _ address: String) async {
        let event = AuditEvent(.apiTokenRefuse, outcome: .failure(reason), actor: actor, address: address)
        await services.recordRefusal(event, by: address)
    }

    private func record(_ events: [AuditEvent], by caller: ManagementCaller, _ address: String) async {
        guard !events.isEmpty else { return }
        await services.audit.record(caller.signed(events, from: address))
    }

    private func refusedStanding(waiting seconds: Int) -> RateLimitStanding? {
        services.settings.rateLimits.managementRequestsPerToken.map {
            RateLimitStanding($0, fullAgain: Double(services.clock.now() + $0.seconds), now: services.clock.now())
        }
    }
}
