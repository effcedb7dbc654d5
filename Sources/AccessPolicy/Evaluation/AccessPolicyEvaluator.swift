// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Policies and zones made ready to decide many requests; pure, the time is part of a request.
///
/// Policies are asked in their order (priority, those of the system last), and the rules of each in theirs; the catch-all rule of
/// the system is last. The first rule that matches decides. What is `INACTIVE` is left out, and so is a policy without rules.
///
/// A rule matches where all its conditions do. Where a condition is undecided and none is known not to match, a rule that
/// allows does not match and a rule that denies does: what nobody knows lets nobody in.
public struct AccessPolicyEvaluator: Sendable {
    struct PreparedPolicy: Sendable {
        let metadata: PolicyMetadata
        let resourceType: AccessPolicy.ResourceType
        let rules: [PreparedRule]
    }

    let policies: [PreparedPolicy]
    let zones: ZoneTable
    let table: ConditionTable
    private let blocklist: [NetworkZone]
    private let exemptions: [NetworkZone]

    /// Makes policies ready.
    ///
    /// - Parameters:
    ///   - policies: the policies, in any order.
    ///   - zones: the zones that their rules name.
    public init(policies: [AccessPolicy], zones: [NetworkZone] = []) {
        var table = ConditionTable()
        var prepared: [PreparedPolicy] = []
        for policy in PolicyOrder.sorted(policies, by: \.metadata) where policy.metadata.status == .active {
            let rules = policy.rulesInOrder.map { PreparedRule($0, &table) }
            guard !rules.isEmpty else { continue }
            prepared.append(
                PreparedPolicy(metadata: policy.metadata, resourceType: policy.resourceType, rules: rules))
        }
        self.policies = prepared
        self.table = table
        self.zones = ZoneTable(zones)
        let active = zones.filter { $0.metadata.status == .active }
        let exemptions = active.filter(\.isExempt)
        self.exemptions = exemptions
        blocklist = active.filter { $0.usage == .blocklist && !exemptions.contains($0) }
    }

    /// Whether there is a policy with rules about something; where there is none for account management, Okta's answer is
    /// that the password policy and the app's own rules stay as they are.
    public func governs(_ type: AccessPolicy.ResourceType) -> Bool {
        policies.contains { $0.resourceType == type }
    }

    /// What the policies come to for a request.
    public func evaluate(_ request: AccessRequest) -> AccessPolicyDecision {
        var facts = RequestFacts(request, zones, table)
        var undecided: [AccessPolicyDecision.Undecided] = []
        if let zone = blocked(request, &undecided) {
            return .denied(.blockedNetwork(AccessPolicyDecision.Reference(zone.metadata)), undecided)
        }
        let candidates = candidates(for: request)
        if candidates.isEmpty {
            return .denied(request.policyID.map { .assignedPolicyMissing($0) } ?? .noPolicy, undecided)
        }
        for policy in candidates {
            for rule in policy.rules {
                guard let matched = Self.isMatched(rule, of: policy, &facts, &undecided) else { continue }
                return AccessPolicyDecision(policy, rule, matched, undecided)
            }
        }
        return .denied(.noRuleMatched, undecided)
    }

    /// The policies that are asked for a request.
    func candidates(for request: AccessRequest) -> [PreparedPolicy] {
        let type: AccessPolicy.ResourceType = request.account == nil ? .app : .endUserAccountManagement
        return policies.filter { policy in
            policy.resourceType == type && (request.policyID == nil || policy.metadata.id == request.policyID)
        }
    }

    /// Why a rule decides, or `nil` where it does not. The quick conditions come first, and the first that is known not to
    /// match ends it.
    private static func isMatched(
        _ rule: PreparedRule, of policy: PreparedPolicy, _ facts: inout RequestFacts,
        _ undecided: inout [AccessPolicyDecision.Undecided]
    ) -> AccessPolicyDecision.Reason? {
        let before = undecided.count
        for condition in rule.conditions {
            switch facts.outcome(at: condition) {
            case .match: continue
            case .noMatch:
                undecided.removeLast(undecided.count - before)
                return nil
            case .undecided(let reason):
                undecided.append(
                    AccessPolicyDecision.Undecided(
                        policy: AccessPolicyDecision.Reference(policy.metadata),
                        rule: AccessPolicyDecision.Reference(rule.metadata),
                        condition: facts.table.conditions[condition].kind, reason: reason))
            }
        }
        if undecided.count == before { return .ruleMatched }
        return rule.action.access == .deny ? .denyRuleUndecided : nil
    }

    /// The zone that keeps a request out before any rule is asked.
    private func blocked(
        _ request: AccessRequest, _ undecided: inout [AccessPolicyDecision.Undecided]
    ) -> NetworkZone? {
        if blocklist.isEmpty || exemptions.contains(where: { $0.outcome(for: request.network) == .match }) {
            return nil
        }
        for zone in blocklist {
            let told = zone.metadata.id.flatMap { request.network.zones[$0] }.map { ConditionOutcome($0) }
            switch told ?? zone.outcome(for: request.network) {
            case .noMatch: continue
            case .match: return zone
            case .undecided(let reason):
                undecided.append(
                    AccessPolicyDecision.Undecided(
                        policy: nil, rule: AccessPolicyDecision.Reference(zone.metadata), condition: .network,
                        reason: reason))
                return zone
            }
        }
        return nil
    }
}

extension AccessPolicyDecision {
    fileprivate static func denied(_ reason: Reason, _ undecided: [Undecided]) -> AccessPolicyDecision {
        AccessPolicyDecision(access: .deny, reason: reason, undecided: undecided)
    }

    fileprivate init(
        _ policy: AccessPolicyEvaluator.PreparedPolicy, _ rule: PreparedRule, _ reason: Reason, _ undecided: [Undecided]
    ) {
        let isAllowed = rule.action.access == .allow
        self.init(
            policy: Reference(policy.metadata), rule: Reference(rule.metadata), access: rule.action.access,
            reason: reason, undecided: undecided,
            verification: isAllowed ? rule.action.verificationMethod ?? .anyFactor : nil,
            keepMeSignedIn: isAllowed ? rule.action.keepMeSignedIn : nil)
    }
}
