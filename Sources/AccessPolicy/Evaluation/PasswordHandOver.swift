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

/// The rules of a password policy, made ready.
public struct PasswordPolicyEvaluator: Sendable {
    private let rules: [(rule: PasswordPolicyRule, prepared: PreparedRule)]
    private let zones: ZoneTable
    private let table: ConditionTable

    /// Makes rules ready; they are asked in their order, and what is `INACTIVE` is left out.
    public init(rules: [PasswordPolicyRule], zones: [NetworkZone] = []) {
        var table = ConditionTable()
        self.rules = PolicyOrder.sorted(rules, by: \.metadata).filter { $0.metadata.status == .active }.map {
            ($0, $0.prepared(&table))
        }
        self.table = table
        self.zones = ZoneTable(zones)
    }

    /// Who decides about an operation.
    ///
    /// The first rule that matches counts. A rule whose conditions are undecided allows nothing, and no later rule may allow
    /// what it perhaps denies: where it does not allow the operation, the answer is no.
    public func handOver(_ operation: AccountOperation, for request: AccessRequest) -> PasswordHandOver {
        var facts = RequestFacts(request, zones, table)
        for (rule, prepared) in rules {
            let access = operation == .unlockAccount ? rule.selfServiceUnlock : rule.selfServicePasswordReset
            switch prepared.conditions.reduce(ConditionOutcome.match, { $0.and(facts.outcome(at: $1)) }) {
            case .noMatch: continue
            case .undecided(let reason):
                if access == .deny { return .denied("the rule \(rule.metadata.label) may deny it: \(reason)") }
            case .match:
                if access == .deny { return .denied("the rule \(rule.metadata.label) denies it") }
                return rule.accessControl == .legacy ? .passwordPolicy(rule.requirement) : .accountManagementPolicy
            }
        }
        return .denied("no rule of the password policy allows it")
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
