// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Looks for what is wrong in documents that can be read: contradictions, rules that nobody reaches, proofs that nobody can
/// make.
public struct PolicyCheck: Sendable {
    private let document: PolicyDocument
    private let zones: [String: NetworkZone]
    private let offered: [AuthenticatorUse]

    /// The authenticators that this product can be: its own, and what a key in it may count as.
    public static let ownAuthenticators =
        [VerificationContext.ownAuthenticator] + VerificationContext.ownAliases

    /// - Parameters:
    ///   - document: what is looked at.
    ///   - offered: the authenticators that a sign-in can ask for.
    public init(_ document: PolicyDocument, offered: [AuthenticatorUse] = Self.ownAuthenticators) {
        self.document = document
        self.offered = offered
        zones = Dictionary(
            document.zones.compactMap { zone in zone.metadata.id.map { ($0, zone) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// All findings, in the order of the document.
    public var findings: [PolicyFinding] {
        var findings = wholeDocument
        for policy in document.policies { findings += self.findings(in: policy) }
        let alone = PolicyOrder.sorted(document.rules, by: \.metadata)
        findings += alone.flatMap { self.findings(in: $0, of: nil) }
        for policy in document.passwordPoliciesWithRules {
            findings += Self.unknown(policy.unrecognized, policy.metadata, policy: policy.metadata.label)
            for rule in policy.rules {
                findings += Self.unknown(
                    rule.unrecognized, rule.metadata, policy: policy.metadata.label, rule: rule.metadata.label)
            }
        }
        return findings + document.zones.compactMap(undecidable)
    }

    // MARK: - Policies

    private var wholeDocument: [PolicyFinding] {
        var findings: [PolicyFinding] = []
        let ids =
            document.policies.map(\.metadata) + document.policies.flatMap(\.rules).map(\.metadata)
            + document.rules.map(\.metadata) + document.zones.map(\.metadata)
        for id in Self.repeated(ids.compactMap(\.id)) {
            findings.append(
                PolicyFinding(
                    severity: .error, code: "duplicate-id", message: "the id \(id) stands for more than one thing",
                    hint: "give each its own"))
        }
        let own = document.policies.filter { $0.resourceType == .endUserAccountManagement }
        if own.count > 1 {
            findings.append(
                PolicyFinding(
                    severity: .error, code: "several-account-policies", policy: own[1].metadata.label,
                    message: "there is another account management policy: \(own[0].metadata.label)",
                    hint: "put the rules of both into one"))
        }
        return findings
    }

    private func findings(in policy: AccessPolicy) -> [PolicyFinding] {
        var findings: [PolicyFinding] = []
        let rules = policy.rulesInOrder
        let label = policy.metadata.label
        if rules.isEmpty {
            findings.append(
                PolicyFinding(
                    severity: .warning, code: "policy-without-rules", policy: label,
                    message: "has no active rule, and so is never applied"))
        } else if let last = rules.last, !last.conditions.isUnconditional {
            findings.append(
                PolicyFinding(
                    severity: .warning, code: "no-catch-all", policy: label,
                    message:
                        "has no rule without conditions at its end: the next policy is asked, and after the last one "
                        + "everybody is kept out", hint: "end it with a rule that says so"))
        }
        for name in Self.repeated(policy.rules.map(\.metadata.name)) {
            findings.append(
                PolicyFinding(
                    severity: .warning, code: "duplicate-name", policy: label, rule: name,
                    message: "more than one rule has this name"))
        }
        for priority in Self.repeated(rules.filter { !$0.metadata.isSystem }.compactMap(\.metadata.priority)) {
            findings.append(
                PolicyFinding(
                    severity: .warning, code: "duplicate-priority", policy: label,
                    message:
                        "more than one rule has the priority \(priority); they are asked as they stand in the file",
                    hint: "number them 1, 2, 3"))
        }
        for rule in rules { findings += self.findings(in: rule, of: policy) }
        return findings + RuleReach.unreachable(rules, in: label)
    }

    // MARK: - Rules

    private func findings(in rule: AccessPolicyRule, of policy: AccessPolicy?) -> [PolicyFinding] {
        var findings = ConditionCheck(rule: rule, resourceType: policy?.resourceType, zones: zones).findings
        findings += VerificationCheck(action: rule.action, offered: offered).findings
        return findings.map { finding in
            var finding = finding
            finding.policy = policy?.metadata.label
            finding.rule = rule.metadata.label
            return finding
        }
    }

    /// Conditions of password policies and their rules that nobody can tell of.
    private static func unknown(
        _ unrecognized: [JSONMember], _ metadata: PolicyMetadata, policy: String, rule: String? = nil
    ) -> [PolicyFinding] {
        guard metadata.status == .active, !unrecognized.isEmpty else { return [] }
        return [
            PolicyFinding(
                severity: .warning, code: "unknown-condition", policy: policy, rule: rule, member: "conditions",
                message: "has conditions that are not known here: \(unrecognized.map(\.name).joined(separator: ", "))",
                hint: rule == nil
                    ? "nobody can tell whose policy it is, so that it and those after it allow nothing"
                    : "nobody can tell whether the rule matches, so that it allows nothing")
        ]
    }

    /// A zone by networks, places, proxies or services, which this verifier's sign-in knows nothing of.
    private func undecidable(_ zone: NetworkZone) -> PolicyFinding? {
        switch zone.kind {
        case .addresses: return nil
        case .dynamic(let dynamic): if dynamic == DynamicZone() { return nil }
        case .enhanced(let dynamic): if dynamic == EnhancedDynamicZone() { return nil }
        }
        guard zone.metadata.status == .active else { return nil }
        let isBlocking = zone.usage == .blocklist
        return PolicyFinding(
            severity: isBlocking ? .error : .warning, code: "undecidable-zone", member: "zone",
            message:
                "the zone \(zone.metadata.label) asks for networks, places, proxies or services, which are not known",
            hint: isBlocking
                ? "it keeps everybody out; give the addresses in a zone of type IP"
                : "a rule that names it and allows never matches; give the addresses in a zone of type IP")
    }

    private static func repeated<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        var repeated: [Value] = []
        for value in values where !seen.insert(value).inserted && !repeated.contains(value) { repeated.append(value) }
        return repeated
    }
}
