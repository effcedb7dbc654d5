// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Testing

@testable import VerifierServer

@Suite struct StoredPoliciesTests {
    private static let author = DocumentRecords.Author(id: "00T", now: 1)
    private static let allow = """
        {"name": "All", "type": "ACCESS_POLICY", "actions": {"appSignOn": {"access": "ALLOW"}}}
        """

    private func policies(of world: VerifierWorld) async throws -> PolicySet {
        try await world.store.read { try world.services.policies.policies(in: $0) }
    }

    private func request(_ operation: AccountChange.Operation? = nil, policyID: String? = nil) -> AccessRequest {
        var request = AccessRequest(now: 1)
        request.network.addresses = [VerifierWorld.address]
        request.account = operation.map { AccountChange($0).accessRequest }
        request.policyID = policyID
        return request
    }

    /// Adds a rule to the account management policy, as an administrator does.
    private func addAccountRule(_ body: String, to world: VerifierWorld) async throws {
        try await SystemPolicies.prepare(world.services)
        try await world.store.write { writer in
            let policy = try #require(try SystemPolicies.accountManagement(in: writer))
            _ = try DocumentRecords.insert(
                .rule, parentID: policy.id, name: "All", body: body, priority: 1, by: Self.author, in: writer)
        }
    }

    // MARK: - What cannot be read

    @Test(arguments: [
        #"{"name": "All", "type": "ACCESS_POLICY", "actions": {"appSignOn": {"access": "MAYBE"}}}"#, "no JSON",
    ])
    func anAccountPolicyWithARuleThatCannotBeReadDenies(_ body: String) async throws {
        let world = try await VerifierWorld()
        try await addAccountRule(body, to: world)
        let set = try await policies(of: world)
        #expect(set.governsAccounts)
        let decision = set.evaluator.evaluate(request(.unenroll))
        #expect(decision.access == .deny && decision.rule?.name == "Unreadable policy")
    }

    @Test func anAccountPolicyThatCannotBeReadDenies() async throws {
        let world = try await VerifierWorld()
        try await addAccountRule(Self.allow, to: world)
        #expect(try await policies(of: world).evaluator.evaluate(request(.unenroll)).access == .allow)
        try await world.store.write { writer in
            var policy = try #require(try SystemPolicies.accountManagement(in: writer))
            policy.body = "no JSON"
            try DocumentRecords.update(policy, .update, by: Self.author, in: writer)
        }
        let set = try await policies(of: world)
        #expect(set.governsAccounts)
        #expect(set.evaluator.evaluate(request(.unenroll)).rule?.name == "Unreadable policy")
    }

    @Test func anAppPolicyThatCannotBeReadDenies() async throws {
        let world = try await VerifierWorld()
        let policy = try await world.store.write { writer in
            let policy = try DocumentRecords.insert(.policy, name: "Apps", body: "{}", by: Self.author, in: writer)
            for (name, body) in [("All", Self.allow), ("Broken", "no JSON")] {
                _ = try DocumentRecords.insert(
                    .rule, parentID: policy.id, name: name, body: body, priority: 1, by: Self.author, in: writer)
            }
            return policy
        }
        let decision = try await policies(of: world).evaluator.evaluate(request(policyID: policy.id))
        #expect(decision.access == .deny && decision.rule?.name == "Unreadable policy")
    }

    @Test(arguments: [
        (#"{"name": "z", "type": "MARS", "usage": "BLOCKLIST"}"#, true), ("no JSON", true),
        (#"{"name": "z", "type": "MARS", "usage": "WHATEVER"}"#, true),
        (#"{"name": "z", "type": "MARS", "usage": "POLICY"}"#, false), (#"{"name": "z", "type": "MARS"}"#, false),
    ])
    func aBlocklistThatCannotBeReadBlocks(_ body: String, _ isBlocked: Bool) async throws {
        let policy = try AccessPolicy.rules(PolicyDocuments.allow("All"))
        let world = try await VerifierWorld { $0.accessPolicies = [policy] }
        try await world.store.write { writer in
            _ = try DocumentRecords.insert(.zone, name: "z", body: body, by: Self.author, in: writer)
        }
        let decision = try await policies(of: world).evaluator.evaluate(request(policyID: "rstApp"))
        #expect(decision.access == (isBlocked ? .deny : .allow))
    }

    // MARK: - The system's own policy

    @Test func lookingAtPoliciesChangesNothingForPeople() async throws {
        let world = try await VerifierWorld()
        for _ in 0..<2 { try await SystemPolicies.prepare(world.services) }
        #expect(try await !policies(of: world).governsAccounts)
        #expect(try world.audit.events(DocumentKind.policy.event(.create)).count == 1)
        let enrolment = "accessRequest.operation == 'enroll'"
        try await addAccountRule(
            Self.allow.dropLast() + #", "conditions": {"elCondition": {"condition": "\#(enrolment)"}}}"#, to: world)
        let set = try await policies(of: world)
        #expect(set.governsAccounts)
        #expect(set.evaluator.evaluate(request(.enroll)).access == .allow)
        #expect(set.evaluator.evaluate(request(.unenroll)).rule?.name == SystemPolicies.catchAllName)
        #expect(set.evaluator.evaluate(request(.unenroll)).access == .deny)
    }

    @Test func theCatchAllRuleCountsOnceItWasChanged() async throws {
        let world = try await VerifierWorld()
        try await SystemPolicies.prepare(world.services)
        try await world.store.write { writer in
            let policy = try #require(try SystemPolicies.accountManagement(in: writer))
            var rule = try #require(try DocumentRecords.all(.rule, parentID: policy.id, in: writer).first)
            rule.body = Self.allow
            try DocumentRecords.update(rule, .update, by: Self.author, in: writer)
        }
        #expect(try await policies(of: world).evaluator.evaluate(request(.enroll)).access == .allow)
    }

    @Test func theConfigurationsAccountPolicyStandsAlone() async throws {
        let condition = #"{"elCondition": {"condition": "accessRequest.operation == 'enroll'"}}"#
        let policy = try AccessPolicy.rules(PolicyDocuments.allow("Enrolment", if: condition), account: true)
        let world = try await VerifierWorld { $0.accessPolicies = [policy] }
        try await addAccountRule(Self.allow, to: world)
        let set = try await policies(of: world)
        #expect(set.evaluator.evaluate(request(.enroll)).access == .allow)
        #expect(set.evaluator.evaluate(request(.unenroll)).access == .deny)
    }
}
