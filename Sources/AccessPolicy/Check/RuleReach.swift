// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Finds rules that are never asked, since an earlier one matches whatever they match.
enum RuleReach {
    /// Findings about rules, given in their order.
    static func unreachable(_ rules: [AccessPolicyRule], in policy: String) -> [PolicyFinding] {
        // Each pair is looked at; with very many rules only the nearest before.
        let window = 500
        // Worked out once a rule, not once a pair.
        let scopes = rules.map(RuleScope.init)
        return rules.indices.compactMap { index in
            let hiding = (max(0, index - window)..<index).first { scopes[$0].hides(scopes[index]) }
            guard let earlier = hiding.map({ rules[$0] }) else { return nil }
            return PolicyFinding(
                severity: .error, code: "unreachable-rule", policy: policy, rule: rules[index].metadata.label,
                message:
                    "is never reached: \(earlier.metadata.label), which is asked before, matches whatever it matches",
                hint: "move it before that rule, or take it out")
        }
    }
}

extension RuleConditions {
    /// Whether nothing is asked.
    var isUnconditional: Bool {
        var table = ConditionTable()
        let rule = AccessPolicyRule(metadata: PolicyMetadata(name: ""), conditions: self)
        return PreparedRule(rule, &table).conditions.isEmpty
    }
}

/// What a rule matches, in sets to compare with others'.
private struct RuleScope {
    private let access: PolicyAccess
    private let isUnconditional: Bool
    private let isUnderstood: Bool
    private let hasPeople: Bool
    private let users: IDSets
    private let groups: IDSets
    private let userType: IDSets?
    private let zones: IDSets?
    private let assurance: Set<String>
    private let conditions: RuleConditions

    init(_ rule: AccessPolicyRule) {
        conditions = rule.conditions
        access = rule.action.access
        isUnconditional = conditions.isUnconditional
        isUnderstood = conditions.unrecognizedNames.isEmpty
        hasPeople = conditions.people != nil
        users = IDSets(conditions.people?.users ?? Inclusion())
        groups = IDSets(conditions.people?.groups ?? Inclusion())
        userType = conditions.userType.map(IDSets.init)
        zones = conditions.network.flatMap { $0.connection == .zone ? IDSets($0.zones) : nil }
        assurance = Set(conditions.device?.assurance ?? [])
    }

    /// Whether a later rule never decides.
    ///
    /// A later rule that denies may decide where a condition of the earlier one is undecided, so that only a rule that
    /// denies as well, or one without conditions, hides it.
    func hides(_ later: RuleScope) -> Bool {
        if isUnconditional { return true }
        guard covers(later) else { return false }
        return later.access == .allow || access == .deny
    }

    /// Whether each of these conditions matches whenever its like among others does.
    private func covers(_ other: RuleScope) -> Bool {
        isUnderstood && covers(people: other) && IDSets.covers(userType, other.userType) && covers(zones: other.zones)
            && covers(device: other) && conditions.covers(platform: other.conditions.platform)
            && (conditions.riskScore?.level == nil
                || conditions.riskScore?.level == other.conditions.riskScore?.level)
            && (conditions.expression == nil || conditions.expression == other.conditions.expression)
    }

    private func covers(people other: RuleScope) -> Bool {
        guard hasPeople else { return true }
        let everybody = users.include.isEmpty && groups.include.isEmpty
        let otherEverybody = other.users.include.isEmpty && other.groups.include.isEmpty
        let included =
            everybody
            || (!otherEverybody && other.users.include.isSubset(of: users.include)
                && other.groups.include.isSubset(of: groups.include))
        return included && users.exclude.isSubset(of: other.users.exclude)
            && groups.exclude.isSubset(of: other.groups.exclude)
    }

    private func covers(zones other: IDSets?) -> Bool {
        guard let zones else { return true }
        guard let other else { return false }
        let all = zones.include == [NetworkCondition.allZones] && !other.include.isEmpty
        let included =
            zones.include.isEmpty || all || (!other.include.isEmpty && other.include.isSubset(of: zones.include))
        return included && zones.exclude.isSubset(of: other.exclude)
    }

    private func covers(device other: RuleScope) -> Bool {
        guard let device = conditions.device else { return true }
        return (device.registered == nil || device.registered == other.conditions.device?.registered)
            && (device.managed == nil || device.managed == other.conditions.device?.managed)
            && (assurance.isEmpty || (!other.assurance.isEmpty && other.assurance.isSubset(of: assurance)))
    }
}

/// An ``Inclusion`` in sets.
private struct IDSets {
    let include: Set<String>
    let exclude: Set<String>

    init(_ inclusion: Inclusion) {
        include = Set(inclusion.include)
        exclude = Set(inclusion.exclude)
    }

    /// Whether one condition matches whenever another does.
    static func covers(_ wide: IDSets?, _ narrow: IDSets?) -> Bool {
        guard let wide else { return true }
        let narrow = narrow ?? IDSets(Inclusion())
        let included = wide.include.isEmpty || (!narrow.include.isEmpty && narrow.include.isSubset(of: wide.include))
        return included && wide.exclude.isSubset(of: narrow.exclude)
    }
}

extension RuleConditions {
    fileprivate func covers(platform other: PlatformCondition?) -> Bool {
        guard let platform else { return true }
        let other = other ?? PlatformCondition()
        let included =
            platform.include.isEmpty
            || (!other.include.isEmpty
                && other.include.allSatisfy { narrow in platform.include.contains { $0.covers(narrow) } })
        return included && platform.exclude.allSatisfy { wide in other.exclude.contains { $0.covers(wide) } }
    }
}

extension PlatformCondition.Platform {
    /// Whether this is all that another is.
    fileprivate func covers(_ other: PlatformCondition.Platform) -> Bool {
        guard type == .any || type == other.type else { return false }
        guard let system else { return true }
        if system == other.system { return true }
        guard system.expression == nil, system.version == nil else { return false }
        return system.type == .any || system.type == other.system?.type
    }
}
