// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Foundation
import HTTPTypes
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ManagedPasswordPoliciesTests {
    /// A rule of Okta's guide to the account management policy, as published.
    private static func seed(_ control: String) throws -> [UInt8] {
        let path = "AccessPolicyTests/Vectors/seed/password-rule-\(control).json"
        let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return Array(try Data(contentsOf: tests.appending(path: path)))
    }

    private static let rule: ResourceValue = [
        "name": "All", "type": "PASSWORD",
        "actions": ["selfServicePasswordReset": ["access": "DENY"], "selfServiceUnlock": ["access": "DENY"]],
    ]

    /// A password policy with a rule that denies: the rule's path.
    private static func passwordRule(_ administrator: Administrator) async throws -> String {
        let policy = try await administrator.post(
            "/policies",
            [
                "name": "Passwords", "type": "PASSWORD", "conditions": ["authProvider": ["provider": "OKTA"]],
                "settings": ["password": ["age": ["maxAgeDays": .integer(90)]]],
            ])
        #expect(policy.status == 200, "\(policy.value)")
        let rules = "/policies/\(policy.id)/rules"
        let rule = try await administrator.post(rules, Self.rule)
        #expect(rule.status == 200, "\(rule.value)")
        return "\(rules)/\(rule.id)"
    }

    private static func accountRule(_ administrator: Administrator) async throws {
        let list = try await administrator.get("/policies?type=ACCESS_POLICY&resourceType=END_USER_ACCOUNT_MANAGEMENT")
        let rule: ResourceValue = [
            "name": "Recovery", "type": "ACCESS_POLICY", "priority": 1,
            "conditions": ["elCondition": ["condition": "accessRequest.operation == 'recover'"]],
            "actions": [
                "appSignOn": [
                    "access": "ALLOW",
                    "verificationMethod": [
                        "type": "ASSURANCE", "factorMode": "2FA", "reauthenticateIn": "PT0S",
                        "constraints": [["possession": ["phishingResistant": "REQUIRED"]]],
                    ],
                ]
            ],
        ]
        #expect(try await administrator.post("/policies/\(list.ids[0])/rules", rule).status == 200)
    }

    private static func question(_ user: String, _ operation: String = "recover") -> ResourceValue {
        ["operation": .string(operation), "policyContext": ["user": ["id": .string(user)], "ip": "192.0.2.7"]]
    }

    @Test func passwordPoliciesAreKeptApartFromAccessPolicies() async throws {
        try await Administrator.run { administrator in
            let path = try await Self.passwordRule(administrator)
            let list = try await administrator.get("/policies?type=PASSWORD")
            #expect(list.names == ["Passwords"])
            let policy = try #require(list.value.elements?.first)
            #expect(policy["type"] == "PASSWORD" && policy["priority"] == .integer(1))
            #expect(policy["settings"]?["password"]?["age"]?["maxAgeDays"] == .integer(90))
            #expect(policy["conditions"]?["authProvider"]?["provider"] == "OKTA")
            #expect(
                try await administrator.get("/policies?type=ACCESS_POLICY").names == ["Okta Account Management Policy"])
            let expanded = try await administrator.get("/policies/\(list.ids[0])?expand=rules")
            #expect(expanded.value["_embedded"]?["rules"]?.elements?.count == 1)
            #expect(try await administrator.get(path).value["type"] == "PASSWORD")
            // A rule of another type is not understood.
            #expect(try await administrator.put(path, ManagedPoliciesTests.rule("Sign-in")).status == 400)
            #expect(try await administrator.post("\(path)/lifecycle/deactivate").status == 204)
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await administrator.delete("/policies/\(list.ids[0])").status == 204)
            #expect(try await administrator.get("/policies?type=PASSWORD").ids == [])
        }
    }

    @Test func theirOrderIsThatWhichIsAskedFor() async throws {
        try await Administrator.run { administrator in
            func make(_ name: String, _ priority: Int64?) async throws -> String {
                var policy: [String: ResourceValue] = ["name": .string(name), "type": "PASSWORD"]
                policy["priority"] = priority.map { .integer($0) }
                let answer = try await administrator.post("/policies", .object(policy))
                #expect(answer.status == 200, "\(answer.value)")
                return answer.id
            }
            func names() async throws -> [String] { try await administrator.get("/policies?type=PASSWORD").names }
            let weak = try await make("Everybody", nil)
            let strict = try await make("Administrators", 1)
            #expect(try await administrator.get("/policies/\(strict)").value["priority"] == .integer(1))
            #expect(try await names() == ["Administrators", "Everybody"])
            let moved: ResourceValue = ["name": "Everybody", "type": "PASSWORD", "priority": .integer(1)]
            #expect(try await administrator.put("/policies/\(weak)", moved).status == 200)
            #expect(try await names() == ["Everybody", "Administrators"])
            #expect(
                try await administrator.put("/policies/\(strict)", ["name": "A", "type": "PASSWORD"]).status == 200)
            #expect(try await names() == ["Everybody", "A"])
            let wrong: ResourceValue = ["name": "B", "type": "PASSWORD", "priority": "first"]
            #expect(try await administrator.post("/policies", wrong).status == 400)
        }
    }

    @Test func aRuleIsNotTakenForAPolicyWithoutAny() async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.post("/policies", Self.rule)
            #expect(answer.status == 400, "\(answer.value)")
        }
    }

    @Test func theGuidesRuleHandsOverByteForByte() async throws {
        try await Administrator.run { administrator in
            let path = try await Self.passwordRule(administrator)
            let user = try await administrator.user("alice@example.com")
            func ask(_ operation: String = "recover") async throws -> ResourceValue {
                let answer = try await administrator.post("/policies/hand-over", Self.question(user, operation))
                #expect(answer.status == 200, "\(answer.value)")
                return answer.value
            }
            #expect(try await ask()["access"] == "DENY")
            // The id that the guide leaves open is the path's.
            #expect(try await administrator.send(.put, path, try Self.seed("auth-policy")).status == 200)
            #expect(try await ask()["access"] == "DENY", "there is no rule of the account management policy")
            try await Self.accountRule(administrator)
            let own = try await ask()
            #expect(own["access"] == "ALLOW" && own["decidedBy"] == "ACCOUNT_MANAGEMENT_POLICY", "\(own)")
            #expect(own["verificationMethod"]?["reauthenticateIn"] == "PT0S" && own["rule"]?["name"] == "Recovery")
            #expect(try await ask("unlockAccount")["access"] == "DENY")
            #expect(try await administrator.send(.put, path, try Self.seed("legacy")).status == 200)
            let legacy = try await ask("unlockAccount")
            #expect(legacy["access"] == "ALLOW" && legacy["decidedBy"] == "PASSWORD_POLICY", "\(legacy)")
            #expect(legacy["requirement"]?["primary"]?["methods"] == ["email"])
            let events = try administrator.events(.policyEvaluation)
            #expect(events.map { $0.debugContext.debugData["access"] } == ["DENY", "DENY", "ALLOW", "DENY", "ALLOW"])
        }
    }

    @Test func whoMayNotSignInRecoversNothing() async throws {
        try await Administrator.run { administrator in
            let path = try await Self.passwordRule(administrator)
            #expect(try await administrator.send(.put, path, try Self.seed("legacy")).status == 200)
            let user = try await administrator.user("alice@example.com")
            let question = Self.question(user)
            #expect(try await administrator.post("/policies/hand-over", question).value["access"] == "ALLOW")
            #expect(try await administrator.post("/users/\(user)/lifecycle/suspend").status < 300)
            let answer = try await administrator.post("/policies/hand-over", question)
            #expect(answer.value["access"] == "DENY" && answer.value["decidedBy"] == "USER_STATUS")
        }
    }

    @Test func questionsThatAreNoneAreRefused() async throws {
        try await Administrator.run { administrator in
            let user = try await administrator.user("alice@example.com")
            let context: ResourceValue = ["user": ["id": .string(user)]]
            for body: ResourceValue in [
                ["policyContext": context], ["operation": "enroll", "policyContext": context],
                ["operation": "recover"], ["operation": "recover", "policyContext": ["groups": ["ids": ["00g1"]]]],
                ["operation": "recover", "metadata": ["type": .integer(1)], "policyContext": context],
            ] {
                #expect(try await administrator.post("/policies/hand-over", body).status == 400, "\(body)")
            }
            #expect(try await administrator.post("/policies/hand-over", Self.question("00uNobody")).status == 404)
            let readers = try await administrator.verifier.services.apiTokens.create(
                name: "users", scopes: [APIScope(.users, isManage: true)], days: 1
            ).text
            let refused = try await administrator.with(token: readers).post("/policies/hand-over", Self.question(user))
            #expect(refused.status == 403)
        }
    }

    @Test func aStoredPolicyThatCannotBeReadAllowsNothing() async throws {
        try await Administrator.run { administrator in
            let path = try await Self.passwordRule(administrator)
            let rules = String(path[..<(try #require(path.lastIndex(of: "/")))])
            // The other rule of the policy would allow it.
            let other = try await administrator.send(.post, rules, try Self.seed("legacy"))
            #expect(other.status == 200, "\(other.value)")
            let user = try await administrator.user("alice@example.com")
            let id = String(path.split(separator: "/").last ?? "")
            try await administrator.verifier.services.store.write { writer in
                var record = try #require(try writer.record(DocumentRecord.self, id: id))
                record.body =
                    #"{"name":"All","type":"PASSWORD","actions":{"selfServicePasswordReset":{"access":"MAYBE"}}}"#
                try DocumentRecords.update(
                    record, .update, by: DocumentRecords.Author(id: "test", now: 1), in: writer)
            }
            let answer = try await administrator.post("/policies/hand-over", Self.question(user))
            #expect(answer.value["access"] == "DENY" && answer.value["decidedBy"] == "PASSWORD_POLICY")
        }
    }
}
