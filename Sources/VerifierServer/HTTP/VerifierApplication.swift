// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Hummingbird
internal import WireProtocol

/// The verifier's HTTP side, put together.
package struct VerifierApplication: Sendable {
    private let configuration: VerifierConfiguration
    private let services: VerifierServices
    private let readiness: Readiness

    /// The HTTP side of these services, as the configuration wants it.
    package init(configuration: VerifierConfiguration, services: VerifierServices) {
        self.configuration = configuration
        self.services = services
        readiness = Readiness(services: services)
    }

    /// All routes.
    package func router() -> Router<VerifierRequestContext> {
        let router = Router(context: VerifierRequestContext.self, options: .autoGenerateHeadEndpoints)
        if configuration.tracing != nil { router.add(middleware: RequestTracer(trusted: configuration.trustedProxies)) }
        router.add(middleware: RequestCounter(metrics: services.metrics))
        router.add(middleware: SecurityHeaders(isSecure: configuration.isSecure))
        router.add(middleware: ErrorResponder(organization: configuration.organizationName))
        openIDRoutes().add(to: router)
        AgentRoutes(services: services, address: address).add(to: router)
        signInRoutes().add(to: router)
        accountRoutes().add(to: router)
        ManagementRoutes(services: services, address: address, registry: registry).add(to: router)
        SCIMRoutes(services: services, address: address).add(to: router)
        MonitoringRoutes(readiness: readiness).add(to: router)
        return router
    }

    /// What monitoring asks at an address of its own.
    package func monitoringRouter(for metrics: VerifierConfiguration.Metrics) -> Router<VerifierRequestContext> {
        let router = Router(context: VerifierRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders(isSecure: false))
        router.add(middleware: ErrorResponder(organization: configuration.organizationName))
        router.add(middleware: AllowedPeers(ranges: metrics.allowed))
        MonitoringRoutes(readiness: readiness).add(to: router)
        MonitoringRoutes.add(services.metrics, to: router)
        return router
    }

    /// The clients that are known.
    var registry: ClientRegistry {
        ClientRegistry(
            configuration.clients + [accountPage], enrollmentProtection: configuration.signIn.keyProtection,
            enrollmentMode: configuration.assurance.mode)
    }
    private var accountPage: RegisteredClient {
        .accountPage(
            issuer: configuration.issuer.description, like: configuration.signIn, mode: configuration.assurance.mode)
    }
    private var cookies: BrowserCookies { BrowserCookies(isSecure: configuration.isSecure) }

    private var address: @Sendable (Request, VerifierRequestContext) -> String {
        let rule = ClientAddress(trusted: configuration.trustedProxies)
        return { request, context in
            rule.resolve(
                peer: context.channel.remoteAddress?.ipAddress, forwardedFor: request.headers[values: .xForwardedFor])
        }
    }

    private var authorization: AuthorizationEndpoint {
        AuthorizationEndpoint(
            issuer: configuration.issuer, registry: registry, services: services, cookies: cookies,
            idTokens: IDTokenIssuer(issuer: configuration.issuer, keys: services.tokenKeys, clock: services.clock))
    }

    private func accountRoutes() -> AccountRoutes {
        AccountRoutes(
            account: AccountService(
                services: services, gate: AccountGate(services: services, mode: configuration.assurance.mode),
                organization: configuration.organizationName, issuer: configuration.issuer.description),
            authorization: authorization, client: accountPage, address: address, origin: configuration.issuer)
    }

    private func openIDRoutes() -> OpenIDRoutes {
        let issuer = configuration.issuer
        let idTokens = IDTokenIssuer(issuer: issuer, keys: services.tokenKeys, clock: services.clock)
        let authenticator = ClientAuthenticator(
            registry: registry, store: services.store, clock: services.clock,
            audiences: [issuer.description, "\(issuer)/oauth2/v1/token"])
        return OpenIDRoutes(
            authorization: authorization,
            token: TokenEndpoint(authenticator: authenticator, services: services, idTokens: idTokens),
            userInfo: UserInfoEndpoint(services: services),
            logout: LogoutEndpoint(
                issuer: issuer, organization: configuration.organizationName, registry: registry, services: services,
                cookies: cookies, idTokens: idTokens),
            services: services, discovery: DiscoveryDocument(issuer: issuer), address: address)
    }

    private func signInRoutes() -> SignInRoutes {
        SignInRoutes(
            services: services, cookies: cookies, address: address,
            answerer: SignInAnswerer(
                organization: configuration.organizationName, issuer: configuration.issuer.description,
                ports: configuration.loopback.ports.map(String.init),
                probeTimeoutMillis: configuration.loopback.probeTimeoutMillis, help: configuration.assurance.help,
                customURI: configuration.signIn.customURI, texts: services.settings.assuranceTexts),
            origin: configuration.issuer, ports: configuration.loopback.ports)
    }
}
