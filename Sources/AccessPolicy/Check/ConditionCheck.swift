// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// Looks at the conditions of one rule.
struct ConditionCheck: Sendable {
    let rule: AccessPolicyRule
    let resourceType: AccessPolicy.ResourceType?
    let zones: [String: NetworkZone]

    var findings: [PolicyFinding] {
        device + lists + network + platform + unrecognized + expression
    }

    private var conditions: RuleConditions { rule.conditions }

    private func finding(
        _ severity: PolicyFinding.Severity, _ code: String, _ member: String, _ message: String, hint: String? = nil
    ) -> PolicyFinding {
        PolicyFinding(severity: severity, code: code, member: "conditions.\(member)", message: message, hint: hint)
    }

    private var device: [PolicyFinding] {
        guard let device = conditions.device else { return [] }
        var findings: [PolicyFinding] = []
        if device.registered == false, !device.assurance.isEmpty {
            findings.append(
                finding(
                    .error, "contradiction", "device.assurance",
                    "never matches: a device that is not registered meets no device assurance policy"))
        }
        return findings
    }

    private var lists: [PolicyFinding] {
        var findings: [PolicyFinding] = []
        let named: [(String, Inclusion?)] = [
            ("people.users", conditions.people?.users), ("people.groups", conditions.people?.groups),
            ("userType", conditions.userType), ("network", conditions.network?.zones),
        ]
        for (name, list) in named {
            guard let list else { continue }
            let both = list.include.filter(list.exclude.contains)
            guard !both.isEmpty else { continue }
            let isAll = both.count == list.include.count
            // Whoever is of another group or a user by id is still meant.
            let never = isAll && (!name.hasPrefix("people") || otherPeople(than: name).isEmpty)
            findings.append(
                finding(
                    never ? .error : .warning, "contradiction", name,
                    "\(never ? "never matches: " : "")\(both.joined(separator: ", ")) is included and excluded",
                    hint: "exclude wins; take it out of one of the two"))
        }
        return findings
    }

    private func otherPeople(than name: String) -> [String] {
        (name == "people.users" ? conditions.people?.groups.include : conditions.people?.users.include) ?? []
    }

    private var network: [PolicyFinding] {
        if let network = conditions.network, network.connection == .anywhere, network.zones != Inclusion() {
            return [
                finding(
                    .error, "zones-not-asked", "network", "names zones, and matches anywhere: connection is ANYWHERE",
                    hint: "write \"connection\": \"ZONE\", or take the zones out")
            ]
        }
        guard let network = conditions.network, network.connection == .zone, !zones.isEmpty else { return [] }
        return (network.zones.include + network.zones.exclude).compactMap { id in
            if id == NetworkCondition.allZones { return nil }
            guard let zone = zones[id] else {
                return finding(
                    .error, "unknown-zone", "network", "names the zone \(id), which is not among those given",
                    hint: "nobody can tell whether a network is in it")
            }
            if zone.metadata.status == .active { return nil }
            return finding(
                .error, "inactive-zone", "network", "names the zone \(zone.metadata.label), which is INACTIVE")
        }
    }

    private var platform: [PolicyFinding] {
        guard let platform = conditions.platform else { return [] }
        var findings: [PolicyFinding] = []
        let all = platform.include + platform.exclude
        if all.contains(where: { $0.system?.expression != nil || $0.system?.version?.matchType == .expression }) {
            findings.append(
                finding(
                    .warning, "undecidable", "platform",
                    "has a pattern; what it is matched against is not published, so that it is never decided",
                    hint: "ask for versions with a device assurance policy"))
        }
        if !platform.include.isEmpty, platform.include.allSatisfy(platform.exclude.contains) {
            findings.append(
                finding(.error, "contradiction", "platform", "never matches: all that is included is excluded"))
        }
        return findings
    }

    private var unrecognized: [PolicyFinding] {
        conditions.unrecognizedNames.map { name in
            let isAllowing = rule.action.access == .allow
            return finding(
                isAllowing ? .error : .warning, "unknown-condition", name, "is not known to this verifier",
                hint: isAllowing
                    ? "the rule never matches; take the condition out or say it as an expression"
                    : "the rule matches whatever this condition is about")
        }
    }

    private var expression: [PolicyFinding] {
        guard let expression = conditions.expression else { return [] }
        var findings: [PolicyFinding] = []
        if resourceType == .app, expression.source.contains("accessRequest.") {
            findings.append(
                finding(
                    .error, "wrong-context", "elCondition",
                    "asks for accessRequest, which there is for changes of an account alone",
                    hint: "it belongs in the account management policy"))
        }
        return findings + ExpressionFindings.findings(in: expression)
    }
}
