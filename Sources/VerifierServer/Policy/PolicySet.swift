// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import AccessPolicy
package import DeviceAssurance
internal import DeviceSignals
internal import WireProtocol

/// The policies that count at one time, ready to decide.
package struct PolicySet: Sendable {
    /// Access policies and zones, prepared.
    package let evaluator: AccessPolicyEvaluator
    /// Password policies, prepared: they say who decides about recovering a password and unlocking an account.
    package let passwords: PasswordPolicyEvaluator
    /// The access policies, among them that of the account.
    package let accessPolicies: [AccessPolicy]
    /// The password policies.
    package let passwordPolicies: [PasswordPolicy]
    /// The zones that they name.
    package let zones: [NetworkZone]
    /// The policies of device assurance.
    package let assurancePolicies: [AssurancePolicy]
    /// What else those are judged by: the releases of systems, own checks, the organisation's own words.
    package let assuranceContext: AssuranceContext
    /// The signals by which device assurance judges, each once.
    let assuranceSignals: [SignalName]
    /// The organisation's own checks that challenges ask for, as many as there is room for.
    let requestedPostureChecks: [PostureCheckRequest]

    /// Policies; the ids of each kind differ.
    ///
    /// - Parameter assuranceContext: its times are not looked at.
    package init(
        accessPolicies: [AccessPolicy] = [], passwordPolicies: [PasswordPolicy] = [], zones: [NetworkZone] = [],
        assurancePolicies: [AssurancePolicy] = [], assuranceContext: AssuranceContext? = nil
    ) {
        evaluator = AccessPolicyEvaluator(policies: accessPolicies, zones: zones)
        passwords = PasswordPolicyEvaluator(policies: passwordPolicies, zones: zones)
        self.accessPolicies = accessPolicies
        self.passwordPolicies = passwordPolicies
        self.zones = zones
        self.assurancePolicies = assurancePolicies
        let context = assuranceContext ?? AssuranceContext(now: 0, releaseFeed: try? ReleaseFeed.shipped())
        self.assuranceContext = context
        var seen: Set<SignalName> = []
        assuranceSignals = assurancePolicies.flatMap(\.requiredSignals).filter { seen.insert($0).inserted }
        requestedPostureChecks = Self.fitting(Self.named(by: assurancePolicies, in: context))
    }

    /// Whether a policy says what people may do with their own account.
    package var governsAccounts: Bool { evaluator.governs(.endUserAccountManagement) }

    /// What a device is judged by at a time.
    ///
    /// - Parameter releases: the release feed that the administrator keeps; `nil` for the one of the policies' own context.
    func context(
        now: Int64, firstNonCompliant: [String: Int64], releases: CurrentReleases?
    ) -> AssuranceContext {
        var context = assuranceContext
        if let releases { context.releaseFeed = releases.feed }
        context.now = now
        context.firstNonCompliant = firstNonCompliant
        return context
    }

    /// The rule that decided.
    func rule(of decision: AccessPolicyDecision) -> AccessPolicyRule? {
        policy(decision.policy)?.rules.first {
            $0.metadata.id == decision.rule?.id && $0.metadata.name == decision.rule?.name
        }
    }

    /// The policies of device assurance by which a device would be let in: those that the rules that allow something name, of the
    /// policy that was asked.
    func remedies(for request: AccessRequest) -> Set<String> {
        let type: AccessPolicy.ResourceType = request.account == nil ? .app : .endUserAccountManagement
        let asked = accessPolicies.filter {
            $0.resourceType == type && (request.policyID == nil || $0.metadata.id == request.policyID)
        }
        return Set(
            asked.flatMap(\.rulesInOrder).filter { $0.action.access == .allow }
                .flatMap { $0.conditions.device?.assurance ?? [] })
    }

    /// The policies of device assurance that rules name which count.
    var namedAssurancePolicies: Set<String> {
        Set(
            accessPolicies.filter { $0.metadata.status == .active }.flatMap(\.rulesInOrder)
                .flatMap { $0.conditions.device?.assurance ?? [] })
    }

    private func policy(_ reference: AccessPolicyDecision.Reference?) -> AccessPolicy? {
        guard let reference else { return nil }
        return accessPolicies.first { $0.metadata.id == reference.id && $0.metadata.name == reference.name }
    }
}
