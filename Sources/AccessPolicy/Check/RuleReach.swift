// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Finds rules that are never asked, since an earlier one matches whatever they match.
enum RuleReach {
    /// Findings about rules, given in their order.
    static func unreachable(_ rules: [AccessPolicyRule], in policy: String) -> [PolicyFinding] {
        // Each pair is looked at; with very many rules only the nearest before.
        let window = 500
        // Worked out once a rule, not once a pair.
        let isUnconditional = rules.map(\.conditions.isUnconditional)
        return rules.indices.compactMap { index in
            let hiding = (max(0, index - window)..<index).first { earlier in
                isHiding(rules[earlier], rules[index], isUnconditional: isUnconditional[earlier])
            }
            guard let earlier = hiding.map({ rules[$0] }) else { return nil }
            return PolicyFinding(
                severity: .error, code: "unreachable-rule", policy: policy, rule: rules[index].metadata.label,
                message:
                    "is never reached: \(earlier.metadata.label), which is asked before, matches whatever it matches",
                hint: "move it before that rule, or take it out")
        }
    }

    /// Whether the later rule never decides.
    ///
    /// A later rule that denies may decide where a condition of the earlier one is undecided, so that only a rule that
    /// denies as well, or one without conditions, hides it.
    private static func isHiding(
        _ earlier: AccessPolicyRule, _ later: AccessPolicyRule, isUnconditional: Bool
    ) -> Bool {
        if isUnconditional { return true }
        guard earlier.conditions.covers(later.conditions) else { return false }
        return later.action.access == .allow || earlier.action.access == .deny
    }
}

extension RuleConditions {
    /// Whether nothing is asked.
    var isUnconditional: Bool {
        var table = ConditionTable()
        let rule = AccessPolicyRule(metadata: PolicyMetadata(name: ""), conditions: self)
        return PreparedRule(rule, &table).conditions.isEmpty
    }

    /// Whether each of these conditions matches whenever its like among others does.
    fileprivate func covers(_ other: RuleConditions) -> Bool {
        unrecognizedNames.isEmpty && covers(people: other.people)
            && Inclusion.covers(userType, other.userType) && covers(network: other.network)
            && covers(device: other.device) && covers(platform: other.platform)
            && (riskScore?.level == nil || riskScore?.level == other.riskScore?.level)
            && (expression == nil || expression == other.expression)
    }

    private func covers(people other: PeopleCondition?) -> Bool {
        guard let people else { return true }
        let other = other ?? PeopleCondition()
        let everybody = people.users.include.isEmpty && people.groups.include.isEmpty
        let otherEverybody = other.users.include.isEmpty && other.groups.include.isEmpty
        let included =
            everybody
            || (!otherEverybody && other.users.include.allSatisfy(people.users.include.contains)
                && other.groups.include.allSatisfy(people.groups.include.contains))
        return included && people.users.exclude.allSatisfy(other.users.exclude.contains)
            && people.groups.exclude.allSatisfy(other.groups.exclude.contains)
    }

    private func covers(network other: NetworkCondition?) -> Bool {
        guard let network, network.connection == .zone else { return true }
        guard let other, other.connection == .zone else { return false }
        let mine = network.zones.include
        let all = mine == [NetworkCondition.allZones] && !other.zones.include.isEmpty
        let included =
            mine.isEmpty || all || (!other.zones.include.isEmpty && other.zones.include.allSatisfy(mine.contains))
        return included && network.zones.exclude.allSatisfy(other.zones.exclude.contains)
    }

    private func covers(device other: DeviceCondition?) -> Bool {
        guard let device else { return true }
        return (device.registered == nil || device.registered == other?.registered)
            && (device.managed == nil || device.managed == other?.managed)
            && (device.assurance.isEmpty
                || (other?.assurance.isEmpty == false
                    && other?.assurance.allSatisfy(device.assurance.contains) == true))
    }

    private func covers(platform other: PlatformCondition?) -> Bool {
        guard let platform else { return true }
        let other = other ?? PlatformCondition()
        let included =
            platform.include.isEmpty
            || (!other.include.isEmpty
                && other.include.allSatisfy { narrow in platform.include.contains { $0.covers(narrow) } })
        return included && platform.exclude.allSatisfy { wide in other.exclude.contains { $0.covers(wide) } }
    }
}

extension Inclusion {
    /// Whether one condition matches whenever another does.
    fileprivate static func covers(_ wide: Inclusion?, _ narrow: Inclusion?) -> Bool {
        guard let wide else { return true }
        let narrow = narrow ?? Inclusion()
        let included =
            wide.include.isEmpty || (!narrow.include.isEmpty && narrow.include.allSatisfy(wide.include.contains))
        return included && wide.exclude.allSatisfy(narrow.exclude.contains)
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
