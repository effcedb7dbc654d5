// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct RecoveryDecisionTests {
    private static let request: AccessRequest = {
        var request = AccessRequest(now: 1_796_000_000)
        request.user = AccessRequest.User(id: "00u1", groups: [])
        request.network.addresses = ["192.0.2.7"]
        // The app's own policy, which has no say here.
        request.policyID = "rstApp"
        return request
    }()

    private func accounts(_ condition: String) throws -> AccessPolicyEvaluator {
        let text = #"""
            {"name":"p","_embedded":{"resourceType":"END_USER_ACCOUNT_MANAGEMENT","rules":[
             {"name":"a","priority":1,"conditions":{"elCondition":{"condition":"\#(condition)"}},
              "actions":{"appSignOn":{"access":"ALLOW","verificationMethod":{"type":"ASSURANCE","factorMode":"2FA"}}}},
             {"name":"z","system":true,"actions":{"appSignOn":{"access":"DENY"}}}]}}
            """#
        let block =
            #"{"id":"nzoBlock","name":"b","type":"IP","usage":"BLOCKLIST","gateways":[{"type":"CIDR","value":"198.51.100.0/24"}]}"#
        return AccessPolicyEvaluator(
            policies: [try AccessPolicy.decode(Array(text.utf8))], zones: [try NetworkZone.decode(Array(block.utf8))])
    }

    private func decision(
        _ rules: [PasswordPolicyRule], _ operation: AccountOperation = .recover,
        where condition: String = "accessRequest.operation == 'recover'", from address: String = "192.0.2.7"
    ) throws -> RecoveryDecision {
        var request = Self.request
        request.network.addresses = [address]
        return RecoveryDecision(
            operation, request, passwords: PasswordPolicyEvaluator(rules: rules), accounts: try accounts(condition))
    }

    @Test func theAccountManagementPolicyDecidesWhatIsHandedOver() throws {
        let own = try Self.rule("own", priority: 1)
        let allowed = try decision([own])
        #expect(allowed.access == .allow && allowed.handOver == .accountManagementPolicy)
        #expect(allowed.decision?.verification == .assurance(AssuranceMethod(factorMode: .two)))
        #expect(try decision([own], .unlockAccount).access == .deny)
        let json = allowed.json
        #expect(json["decidedBy"]?.string == "ACCOUNT_MANAGEMENT_POLICY" && json["access"]?.string == "ALLOW")
        #expect(json["rule"]?["name"]?.string == "a" && json["verificationMethod"]?["factorMode"]?.string == "2FA")
    }

    @Test func whatARuleKeepsIsNotAskedOfTheAccountManagementPolicy() throws {
        let legacy = try Self.rule("legacy", priority: 1, control: "LEGACY")
        let kept = try decision([legacy], where: "false")
        #expect(kept.access == .allow && kept.decision == nil)
        #expect(kept.json["requirement"]?["primary"]?["methods"] == .strings(["email"]))
        #expect(kept.json["decidedBy"]?.string == "PASSWORD_POLICY" && kept.json["accessControl"]?.string == "LEGACY")
    }

    @Test func whatNoRuleAllowsIsDenied() throws {
        let denied = try decision([], where: "true")
        #expect(denied.access == .deny && denied.decision == nil && denied.json["why"]?.string?.isEmpty == false)
        let unknown = try decision([try Self.rule("own", priority: 1)], where: "user.profile.missing == 'x'")
        #expect(unknown.access == .deny && unknown.decision?.undecided.isEmpty == false)
    }

    @Test(arguments: ["AUTH_POLICY", "LEGACY"])
    func aNetworkThatIsKeptOutRecoversNothing(control: String) throws {
        let rule = try Self.rule("a", priority: 1, control: control)
        let denied = try decision([rule], from: "198.51.100.9")
        #expect(denied.access == .deny && denied.json["decidedBy"]?.string == "NETWORK_ZONE")
        #expect(denied.json["access"]?.string == "DENY" && denied.json["why"]?.string?.contains("zone") == true)
        #expect(try decision([rule]).access == .allow)
    }

    @Test func rulesAreReadWhereverTheyStandAndARuleIsNoPolicy() throws {
        let rule = #"{"name":"a","type":"PASSWORD","actions":{"selfServicePasswordReset":{"access":"DENY"}}}"#
        for place in [#""rules":[\#(rule)]"#, #""_embedded":{"rules":[\#(rule)]}"#] {
            let text = #"{"name":"p","type":"PASSWORD",\#(place)}"#
            #expect(try PasswordPolicy.decode(Array(text.utf8)).rules.map(\.metadata.name) == ["a"])
        }
        let both = #"{"name":"p","type":"PASSWORD","rules":[],"_embedded":{"rules":[]}}"#
        for text in [rule, both] {
            #expect(throws: PolicyDocumentError.self) { try PasswordPolicy.decode(Array(text.utf8)) }
        }
    }

    @Test func anAppsOwnPolicyHasNoSay() throws {
        // The request names the app's policy, which is not the account's.
        #expect(Self.request.policyID == "rstApp")
        #expect(try decision([try Self.rule("own", priority: 1)]).access == .allow)
    }

    // MARK: - The password policy's own word

    private static func rule(
        _ name: String, priority: Int, reset: String = "ALLOW", unlock: String = "ALLOW",
        control: String? = "AUTH_POLICY",
        conditions: String = "{}"
    ) throws -> PasswordPolicyRule {
        let access = control.map { #","requirement":{"accessControl":"\#($0)","primary":{"methods":["EMAIL"]}}"# } ?? ""
        let text = #"""
            {"name":"\#(name)","type":"PASSWORD","priority":\#(priority),"conditions":\#(conditions),
             "actions":{"selfServicePasswordReset":{"access":"\#(reset)"\#(access)},"selfServiceUnlock":{"access":"\#(unlock)"}}}
            """#
        return try PasswordPolicyRule.decode(Array(text.utf8))
    }

    private func handOver(_ rules: [PasswordPolicyRule], _ operation: AccountOperation = .recover) -> PasswordHandOver {
        PasswordPolicyEvaluator(rules: rules).handOver(operation, for: Self.request)
    }

    private func isDenied(_ handOver: PasswordHandOver) -> Bool {
        if case .denied(let reason) = handOver { !reason.isEmpty } else { false }
    }

    @Test func newRulesHandOverToTheAccountPolicy() throws {
        #expect(handOver([try Self.rule("a", priority: 1, control: nil)]) == .accountManagementPolicy)
    }

    @Test func theFirstRuleThatMatchesCounts() throws {
        let legacy = try Self.rule("legacy", priority: 1, control: "LEGACY")
        let own = try Self.rule("own", priority: 2)
        #expect(handOver([own, legacy]) == .passwordPolicy(legacy.requirement))
        #expect(legacy.requirement.primaryMethods == ["email"])
        let others = try Self.rule(
            "others", priority: 1, control: "LEGACY", conditions: #"{"people":{"users":{"include":["00u2"]}}}"#)
        #expect(handOver([others, own]) == .accountManagementPolicy)
    }

    @Test func eachOperationHasItsOwnAccess() throws {
        let rule = try Self.rule("a", priority: 1, reset: "DENY", unlock: "ALLOW")
        #expect(isDenied(handOver([rule])))
        #expect(handOver([rule], .unlockAccount) == .accountManagementPolicy)
        #expect(isDenied(handOver([])))
    }

    @Test func whatNobodyKnowsAllowsNothing() throws {
        let unknown = #"{"network":{"connection":"ZONE","include":["nzoUnknown"]}}"#
        let denies = try Self.rule("denies", priority: 1, reset: "DENY", conditions: unknown)
        let allows = try Self.rule("allows", priority: 2)
        #expect(isDenied(handOver([denies, allows])))
        let perhaps = try Self.rule("perhaps", priority: 1, control: "LEGACY", conditions: unknown)
        #expect(handOver([perhaps, allows]) == .accountManagementPolicy)
        let other = try Self.rule("other", priority: 1, control: "LEGACY", conditions: #"{"schedule":{"x":1}}"#)
        #expect(isDenied(handOver([other])))
    }

    private static func policy(
        _ name: String, priority: Int, control: String, conditions: String, rules: Int = 1
    ) throws -> PasswordPolicy {
        let rule = #"""
            {"name":"r","type":"PASSWORD","priority":1,"actions":{"selfServicePasswordReset":{"access":"ALLOW",
             "requirement":{"accessControl":"\#(control)"}},"selfServiceUnlock":{"access":"ALLOW"}}}
            """#
        let list = Array(repeating: rule, count: rules).joined(separator: ",")
        return try PasswordPolicy.decode(
            Array(
                #"""
                {"name":"\#(name)","type":"PASSWORD","priority":\#(priority),"conditions":\#(conditions),
                 "settings":{"password":{"age":{"maxAgeDays":0}}},"_embedded":{"rules":[\#(list)]}}
                """#.utf8))
    }

    @Test func theFirstPolicyOfThePersonCountsAlone() throws {
        let others = #"{"people":{"groups":{"include":["00gOthers"]}},"authProvider":{"provider":"OKTA"}}"#
        let everybody = #"{"authProvider":{"provider":"ANY"}}"#
        let first = try Self.policy("others", priority: 1, control: "LEGACY", conditions: others)
        let second = try Self.policy("everybody", priority: 2, control: "AUTH_POLICY", conditions: everybody)
        func handOver(_ policies: [PasswordPolicy], groups: [String]?) -> PasswordHandOver {
            var request = Self.request
            request.user?.groups = groups?.map { AccessRequest.Group(id: $0, name: $0) }
            return PasswordPolicyEvaluator(policies: policies).handOver(.recover, for: request)
        }
        #expect(handOver([second, first], groups: []) == .accountManagementPolicy)
        #expect(handOver([second, first], groups: ["00gOthers"]) == .passwordPolicy(first.rules[0].requirement))
        // A policy without a rule that matches does not give way to the next one.
        let empty = try Self.policy("others", priority: 1, control: "LEGACY", conditions: others, rules: 0)
        #expect(isDenied(handOver([second, empty], groups: ["00gOthers"])))
        // Nobody can tell whose policy it is.
        #expect(isDenied(handOver([second, first], groups: nil)))
        let foreign = #"{"authProvider":{"provider":"ACTIVE_DIRECTORY","include":["0oa1"]}}"#
        let directory = try Self.policy("directory", priority: 1, control: "LEGACY", conditions: foreign)
        #expect(isDenied(handOver([second, directory], groups: [])))
        var inactive = directory
        inactive.metadata.status = .inactive
        #expect(handOver([second, inactive], groups: []) == .accountManagementPolicy)
    }
}
