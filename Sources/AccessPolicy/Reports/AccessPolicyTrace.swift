// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How policies came to a decision, with every condition of every rule that was asked.
public struct AccessPolicyTrace: Hashable, Sendable {
    /// A policy that was asked.
    public struct Policy: Hashable, Sendable {
        /// The policy.
        public var reference: AccessPolicyDecision.Reference
        /// Its rules in their order, as far as they were asked.
        public var rules: [Rule]

        /// What its rules come to together: the first that matches, else whether one is undecided.
        public var status: ConditionOutcome.Status {
            if rules.contains(where: { $0.status == .match }) { return .match }
            return rules.contains { $0.status == .undefined } ? .undefined : .noMatch
        }
    }

    /// A rule that was asked.
    public struct Rule: Hashable, Sendable {
        /// The rule.
        public var reference: AccessPolicyDecision.Reference
        /// Whether it allows or denies.
        public var access: PolicyAccess
        /// Its conditions that say something.
        public var conditions: [Condition]
        /// What its conditions come to together.
        public var status: ConditionOutcome.Status
        /// Whether it is the rule that decided.
        public var isDeciding: Bool
    }

    /// A condition that was asked.
    public struct Condition: Hashable, Sendable {
        /// Which, as Okta's simulation names it, such as `people.groups.include`.
        public var type: String
        /// What it came to.
        public var outcome: ConditionOutcome
    }

    /// What was decided.
    public var decision: AccessPolicyDecision
    /// The policies that were asked, in their order.
    public var policies: [Policy]
}

extension ConditionOutcome {
    /// An outcome without its reason, in the words of Okta's simulation.
    public enum Status: String, Hashable, Sendable, CaseIterable, Codable {
        /// It matches.
        case match = "MATCH"
        /// It does not match.
        case noMatch = "NOT_MATCH"
        /// Nobody can tell.
        case undefined = "UNDEFINED"
    }

    /// The outcome without its reason.
    public var status: Status {
        switch self {
        case .match: .match
        case .noMatch: .noMatch
        case .undecided: .undefined
        }
    }
}

extension AccessPolicyEvaluator {
    /// Decides about a request, and keeps how.
    ///
    /// The decision is that of ``evaluate(_:)``; here every condition is asked, also after one that does not match.
    public func trace(_ request: AccessRequest) -> AccessPolicyTrace {
        let decision = evaluate(request)
        var facts = RequestFacts(request, zones, table)
        var policies: [AccessPolicyTrace.Policy] = []
        if case .blockedNetwork = decision.reason { return AccessPolicyTrace(decision: decision, policies: []) }
        for policy in candidates(for: request) {
            let reference = AccessPolicyDecision.Reference(policy.metadata)
            var rules: [AccessPolicyTrace.Rule] = []
            for rule in policy.rules {
                let traced = Self.trace(rule, &facts)
                rules.append(traced)
                if traced.isDeciding { break }
            }
            let isDecided = rules.last?.isDeciding == true
            policies.append(AccessPolicyTrace.Policy(reference: reference, rules: rules))
            if isDecided { break }
        }
        return AccessPolicyTrace(decision: decision, policies: policies)
    }

    private static func trace(_ rule: PreparedRule, _ facts: inout RequestFacts) -> AccessPolicyTrace.Rule {
        var outcome = ConditionOutcome.match
        var conditions: [AccessPolicyTrace.Condition] = []
        for place in rule.conditions {
            let next = facts.outcome(at: place)
            outcome = outcome.and(next)
            conditions += facts.details(of: facts.table.conditions[place], next)
        }
        let status = outcome.status
        return AccessPolicyTrace.Rule(
            reference: AccessPolicyDecision.Reference(rule.metadata), access: rule.action.access,
            conditions: conditions, status: status,
            isDeciding: status == .match || (status == .undefined && rule.action.access == .deny))
    }
}

extension RequestFacts {
    /// A condition in its parts, as Okta's simulation lists them.
    ///
    /// - Parameter whole: what the condition comes to as a whole.
    mutating func details(
        of condition: PreparedRule.Condition, _ whole: ConditionOutcome
    ) -> [AccessPolicyTrace.Condition] {
        let parts: [(String, ConditionOutcome?)]
        switch condition {
        case .people(let users, let groups):
            parts = [
                ("people.users.include", users.include.isEmpty ? nil : isUser(in: users.includePlaces)),
                ("people.groups.include", groups.include.isEmpty ? nil : isMember(of: groups.includePlaces)),
                ("people.users.exclude", users.exclude.isEmpty ? nil : isUser(in: users.excludePlaces).negated),
                ("people.groups.exclude", groups.exclude.isEmpty ? nil : isMember(of: groups.excludePlaces).negated),
            ]
        case .network(let zones):
            parts = [
                ("network.include", zones.include.isEmpty ? nil : isInOne(of: zones.include, at: zones.includePlaces)),
                (
                    "network.exclude",
                    zones.exclude.isEmpty ? nil : isInOne(of: zones.exclude, at: zones.excludePlaces).negated
                ),
            ]
        case .unrecognized(let name): parts = [(name, whole)]
        default: parts = [(condition.kind.rawValue, whole)]
        }
        return parts.compactMap { type, outcome in outcome.map { AccessPolicyTrace.Condition(type: type, outcome: $0) }
        }
    }
}
