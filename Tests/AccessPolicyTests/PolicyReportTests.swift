// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import AccessPolicy

@Suite struct PolicyReportTests {
    private static let policies = #"""
        [{"id":"rst1","name":"App","_embedded":{"rules":[
           {"id":"rul1","name":"Staff","priority":1,
            "conditions":{"people":{"users":{"exclude":["00u9"]},"groups":{"include":["00gStaff"]}},
             "network":{"connection":"ZONE","include":["nzo1"],"exclude":[]},"riskScore":{"level":"LOW"}},
            "actions":{"appSignOn":{"access":"ALLOW","verificationMethod":{"type":"ASSURANCE","factorMode":"2FA",
             "reauthenticateIn":"PT2H","constraints":[{"possession":{"phishingResistant":"REQUIRED"}}]}}}},
           {"id":"rul2","name":"Catch-all Rule","priority":99,"system":true,"actions":{"appSignOn":{"access":"DENY"}}}]}},
         {"id":"nzo1","name":"Office","type":"IP","gateways":[{"type":"CIDR","value":"192.0.2.0/24"}]}]
        """#

    private func evaluator(_ text: String = Self.policies) throws -> AccessPolicyEvaluator {
        let document = try PolicyDocument.decode(Array(text.utf8))
        return AccessPolicyEvaluator(policies: document.policies, zones: document.zones)
    }

    private func simulate(_ context: String) throws -> PolicySimulation.Evaluation {
        let question = #"{"appInstance":"0oa1","policyTypes":["ACCESS_POLICY"],"policyContext":\#(context)}"#
        let simulation = try evaluator().simulate(
            try SimulationQuestion.decode(Array(question.utf8)), now: 1_796_000_000,
            user: { $0 == "00u1" ? AccessRequest.User(id: $0, groups: [.init(id: "00gStaff", name: "Staff")]) : nil })
        return try #require(simulation.evaluation.first)
    }

    @Test func aSimulationThatMatches() throws {
        let evaluation = try simulate(
            #"{"user":{"id":"00u1"},"ip":"192.0.2.7","risk":{"level":"LOW"},"device":{"platform":"LINUX","registered":true}}"#
        )
        #expect(evaluation.status == .match && evaluation.policyType == "ACCESS_POLICY")
        #expect(evaluation.result.policies.map(\.id) == ["rst1"])
        let rule = try #require(evaluation.result.policies.first?.rules.first)
        #expect(rule.id == "rul1" && rule.status == .match)
        #expect(
            rule.conditions.map(\.type) == [
                "riskScore.level", "people.groups.include", "people.users.exclude", "network.include",
            ])
        #expect(rule.conditions.allSatisfy { $0.status == .match })
        #expect(evaluation.undefined.policies.isEmpty && evaluation.evaluated.policies.first?.rules.count == 1)
    }

    @Test func aSimulationWithTooLittleIsUndefined() throws {
        let evaluation = try simulate(#"{"groups":{"ids":["00gStaff"]},"zones":{"ids":["nzo1"]}}"#)
        // The catch-all rule matches; what is before it is not decided.
        #expect(evaluation.status == .match && evaluation.result.policies.first?.rules.map(\.id) == ["rul2"])
        let rule = try #require(evaluation.undefined.policies.first?.rules.first)
        #expect(rule.id == "rul1" && rule.status == .undefined)
        let statuses = Dictionary(uniqueKeysWithValues: rule.conditions.map { ($0.type, $0.status) })
        #expect(
            statuses == [
                "riskScore.level": .undefined, "people.groups.include": .match, "people.users.exclude": .undefined,
                "network.include": .match,
            ])
    }

    @Test func aSimulationThatDoesNotMatch() throws {
        let evaluation = try simulate(#"{"user":{"id":"00u1"},"ip":"203.0.113.1","risk":{"level":"LOW"}}"#)
        let rules = try #require(evaluation.evaluated.policies.first?.rules)
        #expect(rules.map(\.status) == [.noMatch, .match])
        #expect(evaluation.undefined.policies.isEmpty)
    }

    @Test(arguments: [("asns", "UNDEFINED"), ("gateways", "NOT_MATCH")])
    func aBlocklistOfWhichNobodyCanTellIsUndefined(_ kind: String, _ status: String) throws {
        let zone = try NetworkZone.decode(
            Array(
                (kind == "asns"
                    ? #"{"id":"nzo","name":"n","type":"DYNAMIC","usage":"BLOCKLIST","asns":["64500"]}"#
                    : #"{"id":"nzo","name":"n","type":"IP","usage":"BLOCKLIST","gateways":[{"type":"CIDR","value":"192.0.2.0/24"}]}"#)
                    .utf8))
        let evaluator = AccessPolicyEvaluator(policies: [], zones: [zone])
        let question = try SimulationQuestion.decode(Array(#"{"policyContext":{"ip":"192.0.2.7"}}"#.utf8))
        let evaluation = try #require(evaluator.simulate(question, now: 0).evaluation.first)
        #expect(evaluation.status.rawValue == status)
    }

    @Test func otherTypesOfPoliciesAreNotAnswered() throws {
        let question = try SimulationQuestion.decode(Array(#"{"policyTypes":["PROFILE_ENROLLMENT"]}"#.utf8))
        #expect(try evaluator().simulate(question, now: 0).evaluation.isEmpty)
    }

    /// The members of the answer are named as Okta names them.
    @Test func aSimulationIsWrittenAsOktaWritesIt() throws {
        let evaluation = try simulate(#"{"user":{"id":"00u1"},"ip":"192.0.2.7","risk":{"level":"LOW"}}"#)
        let data = try JSONEncoder().encode(PolicySimulation(evaluation: [evaluation]))
        let json = try JSONReader.read(Array(data))
        let first = try #require(json["evaluation"]?.array?.first)
        #expect(Set(first.members?.map(\.name) ?? []) == ["status", "policyType", "result", "evaluated", "undefined"])
        #expect(first["status"] == .string("MATCH"))
        let policy = try #require(first["result"]?["policies"]?.array?.first)
        #expect(Set(policy.members?.map(\.name) ?? []) == ["id", "name", "status", "conditions", "rules"])
    }

    @Test func anExplanationSaysWhatDecidedAndWhatWasNotKnown() throws {
        var request = AccessRequest(now: 1_796_000_000)
        request.user = AccessRequest.User(id: "00u1", groups: [.init(id: "00gStaff", name: "Staff")])
        request.network.addresses = ["192.0.2.7"]
        let explanation = PolicyExplanation(try evaluator().trace(request))
        #expect(
            explanation.text == """
                DENY: the rule Catch-all Rule (rul2) of the policy App (rst1) matches
                Undecided: Staff (rul1): riskScore.level: the level of risk is not known

                Policy App (rst1)
                    UNDEFINED  ALLOW  Staff (rul1)
                        UNDEFINED  riskScore.level: the level of risk is not known
                        MATCH  people.groups.include
                        MATCH  people.users.exclude
                        MATCH  network.include
                  → MATCH  DENY  Catch-all Rule (rul2)
                """)
        #expect(explanation.json["access"] == .string("DENY"))
        #expect(explanation.json["undecided"]?.array?.first?["condition"] == .string("riskScore.level"))
        #expect(explanation.json["policies"]?.array?.first?["rules"]?.array?.count == 2)
        request.risk.level = .low
        let allowed = PolicyExplanation(try evaluator().trace(request))
        #expect(
            allowed.text.hasPrefix(
                """
                ALLOW: the rule Staff (rul1) of the policy App (rst1) matches
                To prove: two factors (possession phishing-resistant), again after PT2H
                """))
    }

    @Test func aComparisonTellsWhoMayStaySignedIn() throws {
        func evaluator(_ offer: String) throws -> AccessPolicyEvaluator {
            let policy = #"""
                {"id":"rst1","name":"p","rules":[{"id":"rul1","name":"r","actions":{"appSignOn":
                 {"access":"ALLOW","keepMeSignedIn":{"postAuth":"\#(offer)"}}}}]}
                """#
            return AccessPolicyEvaluator(policies: [try AccessPolicy.decode(Array(policy.utf8))])
        }
        var diff = PolicyDiff(from: try evaluator("NOT_ALLOWED"), to: try evaluator("ALLOWED"))
        diff.add(AccessRequest(now: 1_796_000_000))
        #expect(diff.counts == [.otherSession: 1])
    }

    @Test func aComparisonTellsWhatChanges() throws {
        let old = try evaluator()
        let new = try evaluator(
            Self.policies.replacing(#""riskScore":{"level":"LOW"}"#, with: #""riskScore":{"level":"ANY"}"#)
                .replacing("PT2H", with: "PT1H"))
        var diff = PolicyDiff(from: old, to: new, limit: 1)
        var request = AccessRequest(now: 1_796_000_000)
        request.user = AccessRequest.User(id: "00u1", groups: [.init(id: "00gStaff", name: "Staff")])
        request.network.addresses = ["192.0.2.7"]
        request.risk.level = .low
        diff.add(request)
        request.risk.level = .high
        diff.add(request)
        request.network.addresses = ["203.0.113.1"]
        diff.add(request)
        #expect(diff.requests == 3 && diff.counts == [.otherVerification: 1, .nowAllowed: 1])
        #expect(diff.changes.map(\.index) == [0] && diff.changes.map(\.kind) == [.otherVerification])
        #expect(diff.json["counts"]?["nowAllowed"] == .integer(1) && diff.json["counts"]?["nowDenied"] == .integer(0))
        var back = PolicyDiff(from: new, to: old)
        request.network.addresses = ["192.0.2.7"]
        back.add(request)
        #expect(back.counts == [.nowDenied: 1] && back.changes.first?.after.rule?.id == "rul2")
    }
}
