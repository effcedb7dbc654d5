// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct AccountManagementTests {
    private static let request: AccessRequest = {
        var request = AccessRequest(now: 1_796_000_000)
        request.user = AccessRequest.User(id: "00u1", groups: [])
        request.network.addresses = ["192.0.2.7"]
        // The app's own policy, which has no say here.
        request.policyID = "rstApp"
        return request
    }()

    private func evaluator(_ condition: String) throws -> AccessPolicyEvaluator {
        let text = #"""
            {"name":"p","_embedded":{"resourceType":"END_USER_ACCOUNT_MANAGEMENT","rules":[
             {"name":"a","priority":1,"conditions":{"elCondition":{"condition":"\#(condition)"}},
              "actions":{"appSignOn":{"access":"ALLOW","verificationMethod":{"type":"ASSURANCE","factorMode":"2FA"}}}},
             {"name":"z","system":true,"actions":{"appSignOn":{"access":"DENY"}}}]}}
            """#
        return AccessPolicyEvaluator(policies: [try AccessPolicy.decode(Array(text.utf8))])
    }

    @Test func withoutAPolicyNothingIsSaid() {
        let page = AccountManagement(AccessPolicyEvaluator(policies: []), Self.request)
        #expect(page.decision(.enroll, authenticatorKey: "okta_verify") == nil)
        #expect(page.presentation(of: "okta_verify", isEnrolled: false) == .editable(.anyFactor))
    }

    @Test func eachOperationIsAskedWithItsAuthenticator() throws {
        let page = AccountManagement(
            try evaluator("accessRequest.operation == 'enroll' && accessRequest.authenticator.key == 'okta_verify'"),
            Self.request)
        #expect(page.decision(.enroll, authenticatorKey: "okta_verify")?.access == .allow)
        #expect(page.decision(.enroll, authenticatorKey: "phone_number")?.access == .deny)
        for operation in AccountOperation.allCases where operation != .enroll {
            #expect(page.decision(operation, authenticatorKey: "okta_verify")?.access == .deny)
        }
    }

    @Test func whatMayNotBeChangedIsReadOnlyAndWhatMayNotBeEnrolledIsHidden() throws {
        let page = AccountManagement(try evaluator("accessRequest.authenticator.key == 'okta_verify'"), Self.request)
        let method = VerificationMethod.assurance(AssuranceMethod(factorMode: .two))
        #expect(page.presentation(of: "okta_verify", isEnrolled: false) == .editable(method))
        #expect(page.presentation(of: "okta_verify", isEnrolled: true) == .editable(method))
        #expect(page.presentation(of: "phone_number", isEnrolled: false) == .hidden)
        #expect(page.presentation(of: "phone_number", isEnrolled: true) == .readOnly)
    }

    @Test func authenticatorsOfOneKeyAreToldApartById() throws {
        let page = AccountManagement(try evaluator("accessRequest.authenticator.id == 'aut1'"), Self.request)
        #expect(page.presentation(of: "custom_app", id: "aut2", isEnrolled: true) == .readOnly)
        #expect(page.presentation(of: "custom_app", id: "aut1", isEnrolled: true) != .readOnly)
    }

    @Test(
        arguments: [
            (true, [], true), (true, [false, false], true), (true, [false, true], false), (false, [], false),
            (false, [false], false),
        ] as [(Bool, [Bool], Bool)])
    func theLastThatResistsPhishingIsNotRemovedSilently(removed: Bool, remaining: [Bool], isLast: Bool) {
        #expect(AccountManagement.removesLastPhishingResistant(removed: removed, remaining: remaining) == isLast)
    }

    // MARK: - Passwords

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
}
