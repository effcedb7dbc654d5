// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Who decides how somebody recovers a password or unlocks an account: for a directory that keeps the passwords.
public enum PasswordHandOver: Hashable, Sendable {
    /// The account management policy decides; ask it with the operation.
    case accountManagementPolicy
    /// The password policy's own requirement holds.
    case passwordPolicy(PasswordPolicyRule.Requirement)
    /// Nobody may do it by themselves; the reason is for a person.
    case denied(String)
}

/// Password policies, made ready.
public struct PasswordPolicyEvaluator: Sendable {
    private struct Policy: Sendable {
        let label: String
        let conditions: PreparedRule
        let rules: [(rule: PasswordPolicyRule, prepared: PreparedRule)]
    }

    private let policies: [Policy]
    private let zones: ZoneTable
    private let table: ConditionTable

    /// Makes policies ready; they and their rules are asked in their order, and what is `INACTIVE` is left out.
    public init(policies: [PasswordPolicy], zones: [NetworkZone] = []) {
        var table = ConditionTable()
        self.policies = PolicyOrder.sorted(policies, by: \.metadata).filter { $0.metadata.status == .active }.map {
            policy in
            let rules = PolicyOrder.sorted(policy.rules, by: \.metadata).filter { $0.metadata.status == .active }
            return Policy(
                label: policy.metadata.label, conditions: policy.prepared(&table),
                rules: rules.map { ($0, $0.prepared(&table)) })
        }
        self.table = table
        self.zones = ZoneTable(zones)
    }

    /// Makes the rules of one policy for everybody ready.
    public init(rules: [PasswordPolicyRule], zones: [NetworkZone] = []) {
        let policy = PasswordPolicy(metadata: PolicyMetadata(name: "rules"), rules: rules)
        self.init(policies: rules.isEmpty ? [] : [policy], zones: zones)
    }

    /// Who decides about an operation.
    ///
    /// The first policy that is the person's counts, and of it the first rule that matches. Where nobody can tell whether a policy
    /// is the person's, the answer is no. A rule whose conditions are undecided allows nothing, and no later rule may allow what it
    /// perhaps denies: where it does not allow the operation, the answer is no.
    public func handOver(_ operation: AccountOperation, for request: AccessRequest) -> PasswordHandOver {
        var facts = RequestFacts(request, zones, table)
        for policy in policies {
            switch Self.outcome(of: policy.conditions, &facts) {
            case .noMatch: continue
            case .undecided(let reason):
                return .denied("nobody can tell whether the password policy \(policy.label) is the person's: \(reason)")
            case .match: return Self.handOver(operation, by: policy, &facts)
            }
        }
        return .denied("there is no password policy for the person")
    }

    private static func handOver(
        _ operation: AccountOperation, by policy: Policy, _ facts: inout RequestFacts
    ) -> PasswordHandOver {
        for (rule, prepared) in policy.rules {
            let access = operation == .unlockAccount ? rule.selfServiceUnlock : rule.selfServicePasswordReset
            switch outcome(of: prepared, &facts) {
            case .noMatch: continue
            case .undecided(let reason):
                if access == .deny { return .denied("the rule \(rule.metadata.label) may deny it: \(reason)") }
            case .match:
                if access == .deny { return .denied("the rule \(rule.metadata.label) denies it") }
                return rule.accessControl == .legacy ? .passwordPolicy(rule.requirement) : .accountManagementPolicy
            }
        }
        return .denied("no rule of the password policy \(policy.label) allows it")
    }

    private static func outcome(of prepared: PreparedRule, _ facts: inout RequestFacts) -> ConditionOutcome {
        prepared.conditions.reduce(ConditionOutcome.match) { $0.and(facts.outcome(at: $1)) }
    }
}

extension PasswordPolicy {
    fileprivate func prepared(_ table: inout ConditionTable) -> PreparedRule {
        var conditions = RuleConditions()
        conditions.people = people
        conditions.unrecognized = unrecognized
        return PreparedRule(AccessPolicyRule(metadata: metadata, conditions: conditions), &table)
    }
}

extension PasswordPolicyRule {
    fileprivate func prepared(_ table: inout ConditionTable) -> PreparedRule {
        var conditions = RuleConditions()
        conditions.people = people
        conditions.network = network
        conditions.unrecognized = unrecognized
        return PreparedRule(AccessPolicyRule(metadata: metadata, conditions: conditions), &table)
    }
}
