// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import ManagementQueries
import Testing

@testable import VerifierServer

@Suite struct SCIMGroupsTests {
    private func members(_ value: ResourceValue) -> Set<String> {
        Set((value["members"]?.elements ?? []).compactMap { $0["value"]?.text })
    }

    @Test func aGroupIsMadeReadReplacedAndDeleted() async throws {
        try await SCIMClient.run { scim in
            let alice = try await scim.user("alice")
            let bob = try await scim.user("bob")
            let made = try await scim.post(
                "/Groups", ["displayName": "Staff", "externalId": "G1", "members": [["value": .string(alice)]]])
            #expect(made.status == 201 && members(made.value) == [alice])
            #expect(made.headers[.location]?.hasSuffix("/scim/v2/Groups/\(made.id)") == true)
            #expect(try await scim.get("/Groups/\(made.id)").value == made.value)
            #expect(try await scim.get("/Users/\(alice)").value["groups"]?.elements?.first?["display"] == "Staff")
            let replaced = try await scim.put(
                "/Groups/\(made.id)", ["displayName": "People", "members": [["value": .string(bob)]]])
            #expect(replaced.value["displayName"] == "People" && members(replaced.value) == [bob])
            #expect(replaced.value["externalId"] == nil)
            let taken = try await scim.post("/Groups", ["displayName": "PEOPLE"])
            #expect((taken.status, taken.scimType ?? "") == (409, "uniqueness"))
            #expect(try await scim.delete("/Groups/\(made.id)").status == 204)
            #expect(try await scim.get("/Groups/\(made.id)").status == 404)
            #expect(try await scim.get("/Users/\(bob)").value["groups"] == nil)
        }
    }

    @Test func membersComeAndGoInTheShapesOfDirectories() async throws {
        try await SCIMClient.run { scim in
            let alice = try await scim.user("alice")
            let bob = try await scim.user("bob")
            let group = try await scim.post("/Groups", ["displayName": "Staff"]).id
            let path = "/Groups/\(group)"
            func patch(_ operation: ResourceValue) async throws -> Set<String> {
                let answer = try await scim.patch(path, operation)
                #expect(answer.status == 200, "\(answer.value)")
                return members(try await scim.get(path).value)
            }
            let both: ResourceValue = [["value": .string(alice)], ["value": .string(bob)]]
            #expect(try await patch(["op": "Add", "path": "members", "value": both]) == [alice, bob])
            #expect(try await patch(["op": "add", "path": "members", "value": both]) == [alice, bob])
            #expect(try scim.verifier.audit.events(.groupMemberAdd).count == 2)
            #expect(try await patch(["op": "remove", "path": .string("members[value eq \"\(alice)\"]")]) == [bob])
            #expect(try await patch(["op": "remove", "path": .string("members[value eq \"\(alice)\"]")]) == [bob])
            #expect(try await patch(["op": "Remove", "path": "members", "value": [["value": .string(bob)]]]) == [])
            #expect(
                try await patch(["op": "replace", "value": ["id": .string(group), "members": both]]) == [alice, bob])
            #expect(try await patch(["op": "replace", "value": ["id": "x", "displayName": "New"]]) == [alice, bob])
            #expect(try await scim.get(path).value["displayName"] == "New")
            #expect(try await patch(["op": "remove", "path": "members"]) == [])
            #expect(try scim.verifier.audit.events(.groupMemberRemove).count == 4)
        }
    }

    @Test(
        arguments: [
            ["displayName": ""], [:], ["displayName": "a\nb"], ["displayName": "G", "members": [["value": "nobody"]]],
            ["displayName": "G", "members": [["type": "User"]]],
            ["displayName": "G", "members": [["value": "00g", "type": "Group"]]],
            ["displayName": "G", "externalId": ""],
        ] as [ResourceValue])
    func valuesAreChecked(body: ResourceValue) async throws {
        try await SCIMClient.run { scim in
            let answer = try await scim.post("/Groups", body)
            #expect((answer.status, answer.scimType ?? "") == (400, "invalidValue"))
            #expect(try await scim.get("/Groups").total == 0)
        }
    }

    @Test func membersAreThere() async throws {
        try await SCIMClient.run { scim in
            let alice = try await scim.user("alice")
            let group = try await scim.post("/Groups", ["displayName": "Staff"]).id
            _ = try await scim.delete("/Users/\(alice)")
            let operation: ResourceValue = ["op": "add", "path": "members", "value": [["value": .string(alice)]]]
            let refused = try await scim.patch("/Groups/\(group)", operation)
            #expect((refused.status, refused.scimType ?? "") == (400, "invalidValue"))
        }
    }

    @Test func theGroupOfEverybodyIsNotTheDirectorys() async throws {
        try await SCIMClient.run { scim in
            #expect(try await scim.get("/Groups").ids.isEmpty)
            #expect(try await scim.list("/Groups", filter: "displayName eq \"Everyone\"").ids.isEmpty)
            let path = "/Groups/\(EveryoneGroup.id)"
            #expect(try await scim.get(path).status == 404)
            #expect(try await scim.put(path, ["displayName": "Mine"]).status == 404)
            #expect(try await scim.delete(path).status == 404)
            let taken = try await scim.post("/Groups", ["displayName": "everyone"])
            #expect((taken.status, taken.scimType ?? "") == (409, "uniqueness"))
        }
    }

    @Test func groupsAreFoundAndToldWithoutTheirMembers() async throws {
        try await SCIMClient.run { scim in
            let alice = try await scim.user("alice")
            let member: ResourceValue = [["value": .string(alice)]]
            let staff = try await scim.post("/Groups", ["displayName": "Staff", "externalId": "g1", "members": member])
                .id
            let other = try await scim.post("/Groups", ["displayName": "Other"]).id
            for (filter, ids) in [
                ("displayName eq \"STAFF\"", [staff]), ("externalId eq \"g1\"", [staff]), ("externalId eq \"G1\"", []),
                ("members.value eq \"\(alice)\"", [staff]), ("not (members pr)", [other]),
            ] {
                #expect(try await scim.list("/Groups", filter: filter).ids == ids, "\(filter)")
            }
            #expect(try await scim.get("/Groups?excludedAttributes=members").value["Resources"]?.elements?.count == 2)
            let without = try await scim.get("/Groups/\(staff)?excludedAttributes=members")
            #expect(without.value["members"] == nil && without.value["displayName"] == "Staff")
        }
    }

    @Test func aStateThatWasChangedMeanwhileIsNotOverwritten() async throws {
        try await SCIMClient.run { scim in
            let alice = try await scim.user("alice")
            let made = try await scim.post("/Groups", ["displayName": "Staff"])
            let tag = made.headers[.eTag]
            let operation: ResourceValue = ["op": "add", "path": "members", "value": [["value": .string(alice)]]]
            #expect(try await scim.patch("/Groups/\(made.id)", operation, ifMatch: tag).status == 200)
            #expect(try await scim.put("/Groups/\(made.id)", ["displayName": "X"], ifMatch: tag).status == 412)
        }
    }
}
