// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The answer of Okta's `POST /api/v1/policies/simulate`.
public struct PolicySimulation: Codable, Hashable, Sendable {
    /// One entry for each type of policy that was asked about.
    public var evaluation: [Evaluation]

    /// An answer.
    public init(evaluation: [Evaluation]) { self.evaluation = evaluation }

    /// What the policies of one type come to.
    public struct Evaluation: Codable, Hashable, Sendable {
        /// Whether a policy applies.
        public var status: ConditionOutcome.Status
        /// The type of policy.
        public var policyType: String
        /// The policy and rule that decide.
        public var result: Policies
        /// All that were asked.
        public var evaluated: Policies
        /// Those that nobody can decide with what is given.
        public var undefined: Policies
    }

    /// A list of policies.
    public struct Policies: Codable, Hashable, Sendable {
        /// The policies.
        public var policies: [Policy]
    }

    /// A policy.
    public struct Policy: Codable, Hashable, Sendable {
        /// Its id.
        public var id: String?
        /// Its name.
        public var name: String
        /// What it comes to.
        public var status: ConditionOutcome.Status
        /// Its conditions; a policy of this type has none.
        public var conditions: [Condition]
        /// Its rules.
        public var rules: [Rule]
    }

    /// A rule.
    public struct Rule: Codable, Hashable, Sendable {
        /// Its id.
        public var id: String?
        /// Its name.
        public var name: String
        /// What it comes to.
        public var status: ConditionOutcome.Status
        /// Its conditions that say something.
        public var conditions: [Condition]
    }

    /// A condition.
    public struct Condition: Codable, Hashable, Sendable {
        /// Which, such as `people.groups.include`.
        public var type: String
        /// What it comes to.
        public var status: ConditionOutcome.Status
    }
}

extension PolicySimulation.Evaluation {
    /// What a trace comes to.
    ///
    /// `MATCH` is a rule that matches, `UNDEFINED` that none does and one is undecided, or that a rule that denies decided
    /// because it is.
    public init(_ trace: AccessPolicyTrace) {
        policyType = "ACCESS_POLICY"
        let policies = trace.policies
        evaluated = PolicySimulation.Policies(policies: policies.map { PolicySimulation.Policy($0) { _ in true } })
        let deciding = policies.filter { $0.rules.contains(where: \.isDeciding) }
        result = PolicySimulation.Policies(policies: deciding.map { PolicySimulation.Policy($0, where: \.isDeciding) })
        let isUndefined = { (rule: AccessPolicyTrace.Rule) in rule.status == .undefined }
        undefined = PolicySimulation.Policies(
            policies: policies.filter { $0.rules.contains(where: isUndefined) }.map {
                PolicySimulation.Policy($0, where: isUndefined)
            })
        let decidedBy = deciding.first?.rules.first(where: \.isDeciding)?.status
        // A blocklist of which nobody can tell whether the address is in it keeps everybody out before a policy is asked.
        var isUndecided = !undefined.policies.isEmpty
        if case .blockedNetwork = trace.decision.reason, !trace.decision.undecided.isEmpty { isUndecided = true }
        status = decidedBy ?? (isUndecided ? .undefined : .noMatch)
    }
}

extension PolicySimulation.Policy {
    fileprivate init(_ policy: AccessPolicyTrace.Policy, where isIncluded: (AccessPolicyTrace.Rule) -> Bool) {
        id = policy.reference.id
        name = policy.reference.name
        status = policy.status
        conditions = []
        rules = policy.rules.filter(isIncluded).map { PolicySimulation.Rule($0) }
    }
}

extension PolicySimulation.Rule {
    fileprivate init(_ rule: AccessPolicyTrace.Rule) {
        id = rule.reference.id
        name = rule.reference.name
        status = rule.status
        conditions = rule.conditions.map { PolicySimulation.Condition(type: $0.type, status: $0.outcome.status) }
    }
}

extension AccessPolicyEvaluator {
    /// Answers a simulation.
    ///
    /// - Parameters:
    ///   - question: what was asked.
    ///   - now: seconds since 1970-01-01 UTC.
    ///   - user: what is known of a user by id, their groups above all; `nil` for one that is not known.
    public func simulate(
        _ question: SimulationQuestion, now: Int64, user: (String) -> AccessRequest.User? = { _ in nil }
    ) -> PolicySimulation {
        let isAsked = question.policyTypes.isEmpty || question.policyTypes.contains("ACCESS_POLICY")
        guard isAsked else { return PolicySimulation(evaluation: []) }
        return PolicySimulation(
            evaluation: [PolicySimulation.Evaluation(trace(question.request(now: now, user: user)))])
    }
}
