// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct PolicyOrderTests {
    private static let request: AccessRequest = {
        var request = AccessRequest(now: 1_796_000_000)
        request.user = AccessRequest.User(id: "00u1", groups: [])
        return request
    }()

    private static func rule(
        _ name: String, priority: Int? = nil, access: PolicyAccess = .allow, isSystem: Bool = false,
        status: PolicyStatus = .active, level: RiskLevel? = nil
    ) -> AccessPolicyRule {
        var metadata = PolicyMetadata(id: name, name: name, priority: priority, isSystem: isSystem)
        metadata.status = status
        var conditions = RuleConditions()
        if let level { conditions.riskScore = RiskScoreCondition(level: level) }
        return AccessPolicyRule(metadata: metadata, conditions: conditions, action: AppSignOnAction(access: access))
    }

    private static func policy(
        _ name: String, priority: Int? = nil, status: PolicyStatus = .active, _ rules: [AccessPolicyRule]
    ) -> AccessPolicy {
        var metadata = PolicyMetadata(id: name, name: name, priority: priority)
        metadata.status = status
        return AccessPolicy(metadata: metadata, rules: rules)
    }

    private func rule(of policies: [AccessPolicy], _ request: AccessRequest = Self.request) -> String? {
        AccessPolicyEvaluator(policies: policies).evaluate(request).rule?.name
    }

    @Test func theLowestNumberIsAskedFirst() {
        #expect(rule(of: [Self.policy("p", [Self.rule("b", priority: 2), Self.rule("a", priority: 1)])]) == "a")
        #expect(
            rule(of: [Self.policy("p", [Self.rule("one", priority: 1), Self.rule("zero", priority: 0)])]) == "zero")
        #expect(rule(of: [Self.policy("p", [Self.rule("none"), Self.rule("last", priority: 9)])]) == "last")
    }

    @Test func rulesOfOneNumberAreAskedAsTheyStand() {
        #expect(rule(of: [Self.policy("p", [Self.rule("b", priority: 1), Self.rule("a", priority: 1)])]) == "b")
    }

    @Test func theCatchAllRuleIsLastWhateverItsNumber() {
        let rules = [Self.rule("catch-all", priority: 0, access: .deny, isSystem: true), Self.rule("a", priority: 99)]
        #expect(rule(of: [Self.policy("p", rules)]) == "a")
    }

    @Test func laterRulesAreNotAsked() {
        let policy = Self.policy(
            "p", [Self.rule("a", priority: 1), Self.rule("b", priority: 2, access: .deny, level: .high)])
        let trace = AccessPolicyEvaluator(policies: [policy]).trace(Self.request)
        #expect(trace.policies.map { $0.rules.map(\.reference.name) } == [["a"]])
        #expect(trace.decision.undecided.isEmpty)
    }

    @Test func whatIsInactiveIsLeftOut() {
        let rules = [Self.rule("off", priority: 1, status: .inactive), Self.rule("on", priority: 2)]
        #expect(rule(of: [Self.policy("p", rules)]) == "on")
        let policies = [
            Self.policy("off", priority: 1, status: .inactive, [Self.rule("a", access: .deny)]),
            Self.policy("on", priority: 2, [Self.rule("b")]),
        ]
        #expect(rule(of: policies) == "b")
    }

    @Test func aPolicyWithoutRulesIsNeverApplied() {
        let policies = [Self.policy("empty", priority: 1, []), Self.policy("p", priority: 2, [Self.rule("a")])]
        #expect(rule(of: policies) == "a")
        let evaluator = AccessPolicyEvaluator(policies: [
            Self.policy("p", [Self.rule("off", status: .inactive)])
        ])
        #expect(evaluator.evaluate(Self.request).reason == .noPolicy)
        #expect(!evaluator.governs(.app))
    }

    @Test func policiesAreAskedInTheirOrder() {
        let policies = [
            Self.policy("b", priority: 2, [Self.rule("b1")]), Self.policy("a", priority: 1, [Self.rule("a1")]),
        ]
        #expect(rule(of: policies) == "a1")
    }

    @Test func thePolicyOfTheAppIsAskedAlone() {
        let policies = [
            Self.policy("a", priority: 1, [Self.rule("a1")]), Self.policy("b", priority: 2, [Self.rule("b1")]),
        ]
        var request = Self.request
        request.policyID = "b"
        #expect(rule(of: policies, request) == "b1")
        request.policyID = "c"
        let decision = AccessPolicyEvaluator(policies: policies).evaluate(request)
        #expect(decision.access == .deny && decision.reason == .assignedPolicyMissing("c"))
    }

    @Test func changesOfAccountsAskTheAccountPolicyAlone() {
        var account = Self.policy("account", priority: 2, [Self.rule("change")])
        account.resourceType = .endUserAccountManagement
        let policies = [Self.policy("app", priority: 1, [Self.rule("sign-in")]), account]
        #expect(rule(of: policies) == "sign-in")
        var request = Self.request
        request.account = AccessRequest.AccountChange(.enroll)
        #expect(rule(of: policies, request) == "change")
        #expect(AccessPolicyEvaluator(policies: [policies[0]]).evaluate(request).reason == .noPolicy)
    }

    @Test func whereNoRuleMatchesNobodyIsLetIn() {
        let decision = AccessPolicyEvaluator(policies: [Self.policy("p", [Self.rule("a", level: .low)])])
            .evaluate(Self.request)
        #expect(decision.access == .deny && decision.reason == .noRuleMatched && decision.rule == nil)
        #expect(decision.verification == nil)
        #expect(AccessPolicyEvaluator(policies: []).evaluate(Self.request).reason == .noPolicy)
    }

    @Test func aRuleThatAllowsAsksForOneFactorWhereItDoesNotSay() {
        let decision = AccessPolicyEvaluator(policies: [Self.policy("p", [Self.rule("a")])]).evaluate(Self.request)
        #expect(decision.verification == .anyFactor)
    }

    @Test func whatIsUndecidedIsToldOfEveryRuleOnTheWay() {
        let rules = [
            Self.rule("a", priority: 1, level: .low), Self.rule("b", priority: 2, level: .medium),
            Self.rule("c", priority: 3),
        ]
        let decision = AccessPolicyEvaluator(policies: [Self.policy("p", rules)]).evaluate(Self.request)
        #expect(decision.rule?.name == "c")
        #expect(decision.undecided.map(\.rule.name) == ["a", "b"])
        #expect(decision.undecided.allSatisfy { $0.condition == .risk && !$0.reason.isEmpty })
    }

    // MARK: - Zones that are kept out

    private static func zone(
        _ value: String, usage: NetworkZone.Usage, name: String = "zone", isSystem: Bool = false
    ) throws -> NetworkZone {
        NetworkZone(
            metadata: PolicyMetadata(id: name, name: name, isSystem: isSystem), usage: usage,
            kind: .addresses(AddressZone(gateways: [try #require(AddressZone.Entry(.cidr, value))])))
    }

    @Test func aBlockedNetworkIsKeptOutBeforeAnyRule() throws {
        let policies = [Self.policy("p", [Self.rule("a")])]
        let blocked = try Self.zone("203.0.113.0/24", usage: .blocklist)
        var request = Self.request
        request.network.addresses = ["203.0.113.9"]
        let evaluator = AccessPolicyEvaluator(policies: policies, zones: [blocked])
        let decision = evaluator.evaluate(request)
        #expect(decision.access == .deny && decision.reason == .blockedNetwork(.init(blocked.metadata)))
        request.network.addresses = ["192.0.2.1"]
        #expect(evaluator.evaluate(request).access == .allow)
        request.network.addresses = []
        #expect(evaluator.evaluate(request).access == .deny)
        #expect(evaluator.evaluate(request).undecided.map(\.condition) == [.network])
    }

    @Test func anEmptyBlocklistBlocksNobodyWhoseAddressIsUnknown() throws {
        let blocked = NetworkZone(
            metadata: PolicyMetadata(id: "nzo1", name: "z"), usage: .blocklist,
            kind: .addresses(AddressZone(gateways: [])))
        var request = Self.request
        request.network.addresses = []
        let evaluator = AccessPolicyEvaluator(policies: [Self.policy("p", [Self.rule("a")])], zones: [blocked])
        #expect(evaluator.evaluate(request).access == .allow)
        #expect(evaluator.evaluate(request).undecided.isEmpty)
    }

    @Test func whatARequestSaysOfABlockedZoneCounts() throws {
        var blocked = try Self.zone("203.0.113.0/24", usage: .blocklist)
        blocked.metadata.id = "nzo1"
        var request = Self.request
        request.network.addresses = []
        request.network.zones = ["nzo1": false]
        let evaluator = AccessPolicyEvaluator(policies: [Self.policy("p", [Self.rule("a")])], zones: [blocked])
        #expect(evaluator.evaluate(request).access == .allow)
        request.network.zones = ["nzo1": true]
        #expect(evaluator.evaluate(request).reason == .blockedNetwork(.init(blocked.metadata)))
    }

    /// Which services a name such as ALL_ANONYMIZERS stands for, nobody here knows.
    @Test func aGroupOfServicesIsDecidedByItsNameAlone() throws {
        var dynamic = EnhancedDynamicZone()
        dynamic.serviceCategories.include = ["ALL_ANONYMIZERS"]
        let zone = NetworkZone(metadata: PolicyMetadata(id: "nzo1", name: "z"), kind: .enhanced(dynamic))
        func status(_ seen: Set<String>?) -> ConditionOutcome.Status {
            var network = AccessRequest.Network()
            network.serviceCategories = seen
            return zone.outcome(for: network).status
        }
        #expect(status(["ALL_ANONYMIZERS", "NORDVPN"]) == .match)
        #expect(status(["NORDVPN"]) == .undefined)
        #expect(status([]) == .noMatch)
        #expect(status(nil) == .undefined)
    }

    @Test func aZoneForPoliciesBlocksNobody() throws {
        var request = Self.request
        request.network.addresses = ["203.0.113.9"]
        let zone = try Self.zone("203.0.113.0/24", usage: .policy)
        let policies = [Self.policy("p", [Self.rule("a")])]
        #expect(AccessPolicyEvaluator(policies: policies, zones: [zone]).evaluate(request).access == .allow)
    }

    @Test func anExemptAddressIsNotBlocked() throws {
        let zones = [
            try Self.zone("203.0.113.0/24", usage: .blocklist),
            try Self.zone("203.0.113.9/32", usage: .policy, name: "DefaultExemptIpZone", isSystem: true),
        ]
        var request = Self.request
        request.network.addresses = ["203.0.113.9"]
        let evaluator = AccessPolicyEvaluator(policies: [Self.policy("p", [Self.rule("a")])], zones: zones)
        #expect(evaluator.evaluate(request).access == .allow)
        request.network.addresses = ["203.0.113.10"]
        #expect(evaluator.evaluate(request).access == .deny)
    }
}
