// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Hummingbird

/// The management API: what administrators' programs ask, in the forms of Okta's (docs/management-api.md).
struct ManagementRoutes: Sendable {
    let services: VerifierServices
    let address: @Sendable (Request, VerifierRequestContext) -> String
    /// The apps that there are.
    let registry: ClientRegistry

    func add(to router: Router<VerifierRequestContext>) {
        let gate = ManagementGate(
            services: services, tokens: services.apiTokens,
            accessTokens: AccessTokenCallers(services: services, registry: registry), address: address,
            form: OktaForm(issuer: services.settings.issuer))
        UserRoutes(gate: gate).add(to: router)
        GroupRoutes(gate: gate).add(to: router)
        DeviceRoutes(gate: gate).add(to: router)
        LogRoutes(gate: gate).add(to: router)
        AssuranceRoutes(gate: gate).add(to: router)
        ZoneRoutes(gate: gate).add(to: router)
        PolicyRoutes(gate: gate).add(to: router)
        RuleRoutes(gate: gate).add(to: router)
        SimulationRoute(gate: gate, registry: registry).add(to: router)
        RecoveryRoute(gate: gate).add(to: router)
    }
}
