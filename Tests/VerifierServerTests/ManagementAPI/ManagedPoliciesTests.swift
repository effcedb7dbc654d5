// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import HTTPTypes
import ManagementQueries
import Testing

@testable import VerifierServer

@Suite struct ManagedPoliciesTests {
    static let actions: ResourceValue = [
        "appSignOn": ["access": "ALLOW", "verificationMethod": ["type": "ASSURANCE", "factorMode": "1FA"]]
    ]

    static func rule(_ name: String, _ more: [String: ResourceValue] = [:]) -> ResourceValue {
        var members: [String: ResourceValue] = ["name": .string(name), "type": "ACCESS_POLICY", "actions": actions]
        members.merge(more) { _, new in new }
        return .object(members)
    }

    private func accountPolicy(_ administrator: Administrator) async throws -> String {
        let list = try await administrator.get("/policies?type=ACCESS_POLICY&resourceType=END_USER_ACCOUNT_MANAGEMENT")
        return try #require(list.ids.first)
    }

    @Test func aPolicyIsMadeReadReplacedAndDeleted() async throws {
        try await Administrator.run { administrator in
            let made = try await administrator.post(
                "/policies", ["name": "Apps", "type": "ACCESS_POLICY", "description": "All apps"])
            #expect(made.status == 200, "\(made.value)")
            #expect(made.value["conditions"] == .null)
            #expect(made.value["_embedded"] == ["resourceType": "APP"])
            let path = "/policies/\(made.id)"
            let expanded = try await administrator.get("\(path)?expand=rules")
            #expect(expanded.value["_embedded"]?["rules"]?.elements?.count == 1)
            let changed = try await administrator.put(
                path, ["name": "Everything", "type": "ACCESS_POLICY"], headers: [.ifMatch: made.tag])
            #expect(changed.value["name"] == "Everything")
            #expect(try await administrator.put(path, ["name": "x"], headers: [.ifMatch: made.tag]).status == 412)
            #expect(try await administrator.post("\(path)/lifecycle/deactivate").status == 204)
            #expect(try await administrator.get(path).value["status"] == "INACTIVE")
            #expect(try await administrator.get("/policies?type=ACCESS_POLICY&status=INACTIVE").ids == [made.id])
            #expect(try await administrator.post("\(path)/lifecycle/activate").status == 204)
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await administrator.get("\(path)/rules").status == 404)
            #expect(try await administrator.get("/policies").status == 400)
            #expect(try await administrator.get("/policies?type=PASSWORD").ids == [])
        }
    }

    @Test func generatedClientsGetWhatTheirDescriptionHas() async throws {
        try await Administrator.run { administrator in
            let plain = try await administrator.get("/policies?type=ACCESS_POLICY")
            #expect(plain.value.elements?.first?["_embedded"]?["resourceType"] == "END_USER_ACCOUNT_MANAGEMENT")
            let path = "/policies/\(plain.ids[0])"
            let whole = try await administrator.get(path)
            for name in ["OpenAPI-Generator/1.0.0/python", "okta-sdk-python/3.4.6 python/3.11"] {
                let generated = try await administrator.get(path, headers: [.userAgent: name])
                #expect(generated.value["_embedded"] == [:])
                #expect(generated.tag == whole.tag)
                let extended = try await administrator.get("\(path)?extended=true", headers: [.userAgent: name])
                #expect(extended.value == whole.value)
            }
        }
    }

    @Test func theAccountManagementPolicyIsReadOnlyButForItsRules() async throws {
        try await Administrator.run { administrator in
            let id = try await accountPolicy(administrator)
            #expect(try await accountPolicy(administrator) == id)
            let path = "/policies/\(id)"
            for answer in [
                try await administrator.put(path, ["name": "Mine", "type": "ACCESS_POLICY"]),
                try await administrator.delete(path),
                try await administrator.post("\(path)/lifecycle/deactivate"),
            ] { #expect((answer.status, answer.code ?? "") == (403, "E0000006")) }
            let expression = "accessRequest.operation == 'enroll' && accessRequest.authenticator.key == 'okta_verify'"
            let rule = try await administrator.post(
                "\(path)/rules",
                Self.rule(
                    "Enrolment", ["priority": 1, "conditions": ["elCondition": ["condition": .string(expression)]]]))
            #expect(rule.status == 200, "\(rule.value)")
            #expect(try await administrator.get("\(path)/rules").names == ["Enrolment", "Catch-all Rule"])
            #expect(try await administrator.delete("\(path)/rules/\(rule.id)").status == 204)
        }
    }

    @Test func theCatchAllRuleStaysLastAndStays() async throws {
        try await Administrator.run { administrator in
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            let path = "/policies/\(policy)/rules"
            let all = try await administrator.get(path)
            let catchAll = try #require(all.value.elements?.first)
            #expect(catchAll["system"] == true)
            #expect(catchAll["actions"]?["appSignOn"]?["access"] == "DENY")
            let own = "\(path)/\(all.ids[0])"
            #expect(try await administrator.delete(own).status == 403)
            #expect(try await administrator.post("\(own)/lifecycle/deactivate").status == 403)
            #expect(try await administrator.put(own, Self.rule("Other")).status == 403)
            let narrowed = Self.rule("Catch-all Rule", ["conditions": ["riskScore": ["level": "LOW"]]])
            #expect(try await administrator.put(own, narrowed).status == 403)
            let changed = try await administrator.put(own, Self.rule("Catch-all Rule", ["priority": 1]))
            #expect(changed.value["actions"] == Self.actions, "\(changed.value)")
            _ = try await administrator.post(path, Self.rule("First", ["priority": 100_000]))
            #expect(try await administrator.get(path).names == ["First", "Catch-all Rule"])
        }
    }

    @Test func rulesKeepTheirOrder() async throws {
        try await Administrator.run { administrator in
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            let path = "/policies/\(policy)/rules"
            var ids: [String: String] = [:]
            for (name, priority) in [("b", ResourceValue.null), ("d", .null), ("a", 1), ("c", 3)] {
                let rule = try await administrator.post(path, Self.rule(name, ["priority": priority]))
                #expect(rule.status == 200, "\(rule.value)")
                ids[name] = rule.id
            }
            func order() async throws -> [String] { try await administrator.get(path).names.filter { $0.count == 1 } }
            #expect(try await order() == ["a", "b", "c", "d"])
            let moved = try await administrator.put("\(path)/\(ids["d"] ?? "")", Self.rule("d", ["priority": 2]))
            #expect(moved.value["priority"] == 2)
            #expect(try await order() == ["a", "d", "b", "c"])
            _ = try await administrator.put("\(path)/\(ids["d"] ?? "")", Self.rule("d"))
            #expect(try await order() == ["a", "d", "b", "c"])
            _ = try await administrator.delete("\(path)/\(ids["a"] ?? "")")
            let rules = try await administrator.get(path).value.elements ?? []
            #expect(rules.prefix(3).compactMap { $0["priority"] } == [1, 2, 3])
        }
    }

    @Test func aPolicyComesBackWithItsRules() async throws {
        try await Administrator.run { administrator in
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            let path = "/policies/\(policy)/rules"
            let early = try await administrator.post(path, Self.rule("early")).id
            _ = try await administrator.delete("\(path)/\(early)")
            administrator.verifier.clock.advance(5)
            for name in ["a", "b"] { _ = try await administrator.post(path, Self.rule(name)) }
            _ = try await administrator.delete("/policies/\(policy)")
            _ = try await administrator.verifier.services.documentHistory.revert(policy, to: 1)
            #expect(try await administrator.get(path).names == ["a", "b", "Catch-all Rule"])
            _ = try await administrator.verifier.services.documentHistory.revert(early, to: 1)
            #expect(Set(try await administrator.get(path).names) == ["a", "b", "early", "Catch-all Rule"])
        }
    }

    @Test func rulesAreSwitchedAndChecked() async throws {
        try await Administrator.run { administrator in
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            let path = "/policies/\(policy)/rules"
            let rule = try await administrator.post(path, Self.rule("a"))
            #expect(rule.value["status"] == "ACTIVE")
            #expect(try await administrator.post("\(path)/\(rule.id)/lifecycle/deactivate").status == 204)
            #expect(try await administrator.get("\(path)/\(rule.id)").value["status"] == "INACTIVE")
            #expect(try await administrator.post("\(path)/\(rule.id)/lifecycle/activate").status == 204)
            #expect(
                try await administrator.post("\(path)?activate=false", Self.rule("b")).value["status"] == "INACTIVE")
            #expect(try await administrator.post(path, Self.rule("A")).causes.first?.hasPrefix("name:") == true)
            let other = try await administrator.post("/policies", ["name": "Other", "type": "ACCESS_POLICY"]).id
            #expect(try await administrator.get("/policies/\(other)/rules/\(rule.id)").status == 404)
            #expect(try await administrator.delete("/policies/\(other)/rules/\(rule.id)").status == 404)
            for (more, member) in [
                (
                    ["conditions": ["device": ["registered": true, "assurance": ["include": ["dae-none"]]]]],
                    "conditions.device"
                ),
                (["conditions": ["network": ["connection": "ZONE", "include": ["nzo-none"]]]], "conditions.network"),
                (["conditions": ["elCondition": ["condition": "1 +"]]], "$.conditions.elCondition"),
                (["conditions": ["riskScore": ["level": "HUGE"]]], "$.conditions.riskScore"),
                (["actions": [:]], "$.actions"), (["priority": -1], "priority"), (["priority": "first"], "$.priority"),
            ] as [([String: ResourceValue], String)] {
                let refused = try await administrator.post(path, Self.rule("c", more))
                #expect((refused.status, refused.code ?? "") == (400, "E0000001"), "\(refused.value)")
                #expect(refused.causes.contains { $0.hasPrefix(member) }, "\(member): \(refused.causes)")
            }
        }
    }

    @Test func aSimulationTellsWhatRulesSay() async throws {
        try await Administrator.run { administrator in
            let group = try await administrator.post("/groups", ["profile": ["name": "Staff"]]).id
            let alice = try await administrator.user("alice")
            let bobby = try await administrator.user("bobby")
            _ = try await administrator.put("/groups/\(group)/users/\(alice)")
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            _ = try await administrator.post(
                "/policies/\(policy)/rules",
                Self.rule("Staff", ["conditions": ["people": ["groups": ["include": [.string(group)]]]]]))
            func question(_ user: String) -> ResourceValue {
                [
                    "appInstance": "app", "policyTypes": ["ACCESS_POLICY"],
                    "policyContext": ["user": ["id": .string(user)]],
                ]
            }
            func decided(_ user: String) async throws -> ResourceValue? {
                let answer = try await administrator.post("/policies/simulate", question(user))
                #expect(answer.status == 200, "\(answer.value)")
                let result = answer.value["evaluation"]?.elements?.first?["result"]
                return result?["policies"]?.elements?.first?["rules"]?.elements?.first?["name"]
            }
            #expect(try await decided(alice) == "Staff")
            #expect(try await decided(bobby) == "Catch-all Rule")
            let listed = try await administrator.post("/policies/simulate", [question(alice), question(bobby)])
            #expect(listed.value.elements?.count == 2)
            #expect(listed.value.elements?.first?["policyType"] == ["ACCESS_POLICY"])
            #expect(try await administrator.post("/policies/simulate", []).status == 400)
            #expect(
                try await administrator.post("/policies/simulate", ["policyContext": ["risk": ["level": "HUGE"]]])
                    .status
                    == 400)
        }
    }

    /// A policy that asks for what is known of people, by its own words for texts, numbers, flags, lists and the standing.
    private static let aboutPeople = PolicyDocuments.policy([
        PolicyDocuments.allow(
            "Staff",
            if: """
                {"elCondition": {"condition": "user.status == 'SUSPENDED' || user.profile.level > 3 && user.profile.isStaff \
                && user.profile.sites.contains('Kiel') && user.profile.displayName == 'Alice'"}}
                """), PolicyDocuments.deny("Others"),
    ])

    @Test func aSimulationKnowsOfAPersonWhatASignInKnows() async throws {
        let other = PolicyDocuments.policy([PolicyDocuments.allow("Everybody")], id: "rstOther")
        let policies = ["a.json": other, "b.json": Self.aboutPeople]
        try await TestVerifier.run(policies: policies) { verifier, client in
            let token = try await verifier.services.apiTokens.create(name: "test", scopes: APIScope.all, days: 1).text
            let administrator = Administrator(verifier: verifier, client: client, token: token)
            let alice = try await administrator.user(
                "alice", ["level": 4, "isStaff": true, "sites": ["Kiel", "Bonn"], "displayName": "Alice"])
            let bobby = try await administrator.user(
                "bobby", ["level": 3, "isStaff": true, "sites": ["Kiel"], "displayName": "Alice"])
            for (id, rule) in [(alice, "Staff"), (bobby, "Others")] {
                let answer = try await administrator.post(
                    "/policies/simulate",
                    ["appInstance": "app", "policyContext": ["user": ["id": .string(id)]]])
                let result = answer.value["evaluation"]?.elements?.first?["result"]?["policies"]?.elements
                #expect(result?.first?["id"] == "rstApp")
                #expect(result?.first?["rules"]?.elements?.first?["name"] == .string(rule))
                let decided = try await verifier.services.store.read { reader in
                    let user = try #require(try reader.record(VerifierServer.User.self, id: id))
                    var question = PolicyQuestion(
                        user: user, address: "192.0.2.7", mode: .block, isThisSignIn: true, now: 1)
                    question.policyID = "rstApp"
                    return try PolicyJudge(
                        source: verifier.services.policies, settings: verifier.services.settings
                    ).judge(question, in: reader).decision
                }
                #expect(decided.rule?.name == rule)
            }
            let unknown = try await administrator.post("/policies/simulate", ["appInstance": "no-app"])
            #expect((unknown.status, unknown.code ?? "") == (404, "E0000007"))
        }
    }
}
