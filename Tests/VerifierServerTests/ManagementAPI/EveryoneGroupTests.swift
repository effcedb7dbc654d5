// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct EveryoneGroupTests {
    @Test func itIsListedAndEverybodyIsInIt() async throws {
        try await Administrator.run { administrator in
            let alice = try await administrator.user("alice")
            let bobby = try await administrator.user("bobby")
            let listed = try await administrator.get("/groups").value.elements ?? []
            let everyone = try #require(listed.first { $0["type"] == "BUILT_IN" })
            #expect(everyone["profile"]?["name"] == "Everyone")
            let id = everyone["id"]?.text ?? ""
            #expect(try await administrator.get("/groups/\(id)").value == everyone)
            #expect(Set(try await administrator.get("/groups/\(id)/users").ids) == [alice, bobby])
            #expect(try await administrator.get("/users/alice/groups").ids == [id])
            let filter = FormParameters.encode("type eq \"BUILT_IN\"")
            #expect(try await administrator.get("/groups?filter=\(filter)").ids == [id])
            // Who is suspended is one of everybody, who was deleted is not.
            _ = try await administrator.post("/users/alice/lifecycle/suspend")
            for _ in 0..<2 { _ = try await administrator.delete("/users/\(bobby)") }
            #expect(try await administrator.get("/groups/\(id)/users").ids == [alice])
        }
    }

    @Test func itIsNeitherChangedNorDeleted() async throws {
        try await Administrator.run { administrator in
            let alice = try await administrator.user("alice")
            let path = "/groups/\(EveryoneGroup.id)"
            let before = try await administrator.get(path).value
            let renamed = try await administrator.put(path, ["profile": ["name": "Everybody"]])
            #expect((renamed.status, renamed.code ?? "") == (403, "E0000006"))
            let deleted = try await administrator.delete(path)
            #expect((deleted.status, deleted.code ?? "") == (403, "E0000006"))
            let added = try await administrator.put("\(path)/users/\(alice)")
            #expect((added.status, added.code ?? "") == (501, "E0000060"))
            let removed = try await administrator.delete("\(path)/users/\(alice)")
            #expect((removed.status, removed.code ?? "") == (403, "E0000006"))
            let made = try await administrator.post(
                "/users", ["profile": ["login": "carol"], "groupIds": [.string(EveryoneGroup.id)]])
            #expect(made.code == "E0000060")
            #expect(try await administrator.get(path).value == before)
            #expect(try await administrator.get("\(path)/users").ids == [alice])
            #expect(try await administrator.post("/groups", ["profile": ["name": "EVERYONE"]]).code == "E0000001")
        }
    }

    @Test func rulesAndExpressionsNameIt() async throws {
        let world = try await VerifierWorld()
        let user = try await world.services.users.add(username: "alice")
        let rules = [
            #"{"people": {"groups": {"include": ["\#(EveryoneGroup.id)"]}}}"#,
            #"{"elCondition": {"condition": "user.isMemberOf({'group.type': {'BUILT_IN'}})"}}"#,
            #"{"elCondition": {"condition": "user.isMemberOf({'group.profile.name': 'Everyone', 'operator': 'EXACT'})"}}"#,
        ]
        let person = try await world.store.read { try world.services.policies.person(user, in: $0) }
        for conditions in rules {
            let rule = try AccessPolicyRule.decode(
                Array(
                    """
                    {"name": "R", "type": "ACCESS_POLICY", "conditions": \(conditions),
                     "actions": {"appSignOn": {"access": "ALLOW"}}}
                    """.utf8))
            var policy = AccessPolicy(metadata: PolicyMetadata(id: "p", name: "P"), resourceType: .app, rules: [rule])
            var request = AccessRequest(now: 1)
            request.policyID = "p"
            request.user = person
            let allowed = AccessPolicyEvaluator(policies: [policy], zones: []).evaluate(request)
            #expect(allowed.access == .allow && allowed.rule?.name == "R", "\(conditions)")
            policy.rules = [rule]
            request.user?.groups = []
            #expect(AccessPolicyEvaluator(policies: [policy], zones: []).evaluate(request).access == .deny)
        }
    }

    // MARK: - Stores of before

    @Test func aStoreOfBeforeGetsIt() async throws {
        let world = try await VerifierWorld()
        let user = try await world.services.users.add(username: "alice")
        try await world.store.write { _ = try $0.delete(GroupRecord.self, id: EveryoneGroup.id) }
        #expect(try await world.store.read { try GroupMembership.groups(of: user.id, in: $0) }.isEmpty)
        _ = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit)
        #expect(
            try await world.store.read { try GroupMembership.groups(of: user.id, in: $0) }.map(\.name) == ["Everyone"])
    }

    @Test func anOlderGroupKeepsItsNameAndMembers() async throws {
        let world = try await VerifierWorld()
        let user = try await world.services.users.add(username: "alice")
        try await world.store.write { writer in
            _ = try writer.delete(GroupRecord.self, id: EveryoneGroup.id)
            for name in ["everyone", "Everyone (Built-in)"] {
                _ = try GroupDirectory.insert(name: name, description: nil, at: 1, in: writer)
            }
        }
        func restarted() async throws -> [GroupRecord] {
            _ = try await VerifierWorld.services(
                in: world.folder, store: world.store, clock: world.clock, audit: world.audit)
            return try await world.store.read { try GroupMembership.groups(of: user.id, in: $0) }
        }
        // Alice is in the group of everybody, and not in the older one, which expressions still find by its name.
        #expect(try await restarted().map(\.name) == ["Everyone (built-in 2)"])
        try await world.store.write { writer in
            var older = try #require(try GroupDirectory.group(named: "everyone", in: writer))
            older.name = "All of us"
            try writer.save(older)
        }
        #expect(try await restarted().map(\.name) == ["Everyone"])
    }

    @Test func recordsOfBeforeAreNativeGroups() throws {
        let text = #"{"id":"00g1","name":"Staff","createdAt":1,"updatedAt":1,"membersChangedAt":1}"#
        let group = try JSON.decode(GroupRecord.self, from: Array(text.utf8))
        #expect(!group.isBuiltIn)
    }
}
