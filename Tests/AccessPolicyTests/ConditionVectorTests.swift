// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct ConditionVectorTests {
    @Test(arguments: try ConditionVector.all())
    func aRuleThatAllowsMatchesOnWhatIsKnownToMatchAlone(vector: ConditionVector) throws {
        let decision = try AccessPolicyEvaluator([vector.rule(.allow)], for: vector.request).evaluate(vector.request)
        #expect(decision.access == (vector.expected == .match ? .allow : .deny))
        #expect((decision.rule != nil) == (vector.expected == .match))
        #expect(decision.undecided.isEmpty == (vector.expected != .undefined))
    }

    @Test(arguments: try ConditionVector.all())
    func aRuleThatDeniesIsMissedOnlyWhereItIsKnownNotToMatch(vector: ConditionVector) throws {
        let decision = try AccessPolicyEvaluator([vector.rule(.deny)], for: vector.request).evaluate(vector.request)
        #expect(decision.access == .deny)
        #expect((decision.rule != nil) == (vector.expected != .noMatch))
        #expect(decision.undecided.isEmpty == (vector.expected != .undefined))
        let reasons: [ConditionOutcome.Status: AccessPolicyDecision.Reason] = [
            .match: .ruleMatched, .noMatch: .noRuleMatched, .undefined: .denyRuleUndecided,
        ]
        #expect(decision.reason == reasons[vector.expected])
    }

    @Test(arguments: try ConditionVector.all())
    func aTraceSaysTheSame(vector: ConditionVector) throws {
        let evaluator = try AccessPolicyEvaluator([vector.rule(.allow)], for: vector.request)
        let trace = evaluator.trace(vector.request)
        #expect(trace.policies.first?.rules.first?.status == vector.expected)
        #expect(trace.decision == evaluator.evaluate(vector.request))
    }

    @Test(arguments: try ConditionVector.all())
    func conditionsSurviveTheWayThroughJSON(vector: ConditionVector) throws {
        let rule = try vector.rule(.allow)
        #expect(try AccessPolicyRule.decode(rule.json.bytes) == rule)
    }
}
