// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

/// The documents of Okta's guide to the account management policy, as published, less the escapes of its shell commands.
@Suite struct SeedDocumentTests {
    private static let now: Int64 = 1_796_000_000

    private func rule() throws -> AccessPolicyRule {
        try AccessPolicyRule.decode(Vectors.bytes("seed/first-phishing-resistant-rule.json"))
    }

    private func policy() throws -> AccessPolicy {
        var policy = try AccessPolicy.decode(Vectors.bytes("seed/account-management-policy.json"))
        policy.rules = [
            try rule(),
            AccessPolicyRule(metadata: PolicyMetadata(id: "rulz", name: "Catch-all rule", isSystem: true)),
        ]
        return policy
    }

    /// Somebody at the office with a managed device, about whom nothing is unusual.
    private static func request(_ change: (inout AccessRequest) -> Void = { _ in }) -> AccessRequest {
        var request = AccessRequest(now: now)
        request.user = AccessRequest.User(id: "00u1", groups: [])
        request.device.registered = true
        request.device.managed = true
        request.network.zones = ["nzo5dtwhzly9mXvlN0g7": true]
        request.risk.level = .low
        request.account = AccessRequest.AccountChange(.enroll, authenticatorKey: "okta_verify")
        change(&request)
        return request
    }

    @Test func thePolicyIsThatOfAccountManagement() throws {
        let policy = try AccessPolicy.decode(Vectors.bytes("seed/account-management-policy.json"))
        #expect(policy.resourceType == .endUserAccountManagement)
        #expect(policy.metadata.id == "rst5czs80uoZHaUxK0g7" && policy.metadata.priority == 1)
        #expect(policy.metadata.created == "2024-07-08T17:31:39.000Z" && !policy.metadata.isSystem)
        #expect(policy.metadata.links?["rules"]?["hints"]?["allow"] == .strings(["GET", "POST"]))
        #expect(policy.summary?.hasPrefix("This policy defines") == true)
        #expect(try AccessPolicy.decode(policy.json.bytes) == policy)
    }

    @Test func theRuleIsUnderstoodWhole() throws {
        let rule = try rule()
        #expect(rule.metadata.id == "rul2p9xACRTDf9qZV0g4" && rule.metadata.priority == 1)
        #expect(rule.conditions.network?.zones.include == ["nzo5dtwhzly9mXvlN0g7"])
        #expect(rule.conditions.device == DeviceCondition(registered: true, managed: true))
        #expect(rule.conditions.riskScore?.level == .low)
        #expect(rule.conditions.platform == PlatformCondition())
        #expect(rule.conditions.unrecognizedNames.isEmpty)
        guard case .assurance(let method) = rule.action.verificationMethod else {
            Issue.record("not of assurance")
            return
        }
        #expect(method.factorMode == .two && method.reauthenticateIn?.isEveryTime == true)
        #expect(method.constraints.map(\.possession?.traits.userPresence) == [.optional])
        #expect(try AccessPolicyRule.decode(rule.json.bytes) == rule)
    }

    @Test func theConditionObjectIsTheRulesExpression() throws {
        let conditions = try RuleConditions(DocumentNode(Vectors.json("seed/condition-object.json")))
        #expect(conditions.expression == (try rule()).conditions.expression)
    }

    @Test func shellEscapesAreNoJSON() throws {
        let escaped = String(decoding: try Vectors.bytes("seed/condition-object.json"), as: UTF8.self)
            .replacing("'", with: "\\'")
        let error = #expect(throws: PolicyDocumentError.self) { try DocumentNode.read(Array(escaped.utf8)) }
        #expect(error?.problem.contains("shell") == true)
    }

    @Test(arguments: ["okta_verify", "webauthn", "smart_card_idp", "yubikey_token"])
    func thoseWhoMeetItEnrolWhatResistsPhishing(key: String) throws {
        let decision = AccessPolicyEvaluator(policies: [try policy()]).evaluate(
            Self.request { $0.account?.authenticatorKey = key })
        #expect(decision.access == .allow && decision.rule?.name == "Test rule" && decision.undecided.isEmpty)
    }

    @Test(
        arguments: [
            { $0.device.managed = false }, { $0.network.zones = ["nzo5dtwhzly9mXvlN0g7": false] },
            { $0.risk.level = .medium }, { $0.account?.authenticatorKey = "phone_number" },
            { $0.device.registered = false }, { $0.device.managed = nil }, { $0.risk.level = nil },
            { $0.network.zones = [:] }, { $0.account?.authenticatorKey = nil },
        ] as [@Sendable (inout AccessRequest) -> Void])
    func thoseWhoDoNotMeetItDoNot(change: @Sendable (inout AccessRequest) -> Void) throws {
        let evaluator = AccessPolicyEvaluator(policies: [try policy()])
        let request = Self.request(change)
        #expect(evaluator.evaluate(request).access == .deny)
        var removal = request
        removal.account?.operation = .unenroll
        #expect(evaluator.evaluate(removal).access == .deny)
    }

    @Test func passwordRulesHandOverOrKeep() throws {
        let own = try PasswordPolicyRule.decode(Vectors.bytes("seed/password-rule-auth-policy.json"))
        let legacy = try PasswordPolicyRule.decode(Vectors.bytes("seed/password-rule-legacy.json"))
        #expect(own.accessControl == .authenticationPolicy && legacy.accessControl == .legacy)
        let request = Self.request()
        for operation in [AccountOperation.recover, .unlockAccount] {
            #expect(
                PasswordPolicyEvaluator(rules: [own]).handOver(operation, for: request) == .accountManagementPolicy)
            #expect(
                PasswordPolicyEvaluator(rules: [legacy]).handOver(operation, for: request)
                    == .passwordPolicy(legacy.requirement))
        }
        #expect(legacy.requirement.primaryMethods == ["email"] && !legacy.requirement.requiresStepUp)
        #expect(try PasswordPolicyRule.decode(own.json.bytes) == own)
    }
}
