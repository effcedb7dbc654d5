// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ManagementQueries
import Testing

@testable import VerifierServer

@Suite struct ManagedGroupsTests {
    @Test func aGroupIsMadeReadChangedAndDeleted() async throws {
        try await Administrator.run { administrator in
            let made = try await administrator.post(
                "/groups", ["profile": ["name": "Staff", "description": "All of us"]])
            #expect(made.status == 200)
            #expect(made.value["type"] == "OKTA_GROUP")
            #expect(try await administrator.get("/groups/\(made.id)").value == made.value)
            let changed = try await administrator.put("/groups/\(made.id)", ["profile": ["name": "People"]])
            #expect(changed.value["profile"] == ["name": "People", "description": .null])
            #expect(try await administrator.delete("/groups/\(made.id)").status == 204)
            #expect(try await administrator.get("/groups/\(made.id)").status == 404)
            #expect(try administrator.events(.groupDelete).first?.target.first?.displayName == "People")
        }
    }

    @Test(
        arguments: [
            ["profile": [:]], ["profile": ["name": ""]], [:], ["profile": ["name": "a\nb"]],
            ["profile": ["name": .string(String(repeating: "x", count: 256))]],
            ["profile": ["name": "a", "description": .string(String(repeating: "x", count: 1025))]],
        ] as [ResourceValue])
    func aProfileIsChecked(body: ResourceValue) async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.post("/groups", body)
            #expect((answer.status, answer.code ?? "") == (400, "E0000001"))
        }
    }

    @Test func aNameIsTakenOnce() async throws {
        try await Administrator.run { administrator in
            _ = try await administrator.post("/groups", ["profile": ["name": "Staff"]])
            let other = try await administrator.post("/groups", ["profile": ["name": "Others"]])
            #expect(try await administrator.post("/groups", ["profile": ["name": "STAFF"]]).code == "E0000001")
            #expect(
                try await administrator.put("/groups/\(other.id)", ["profile": ["name": "staff"]]).code == "E0000001")
        }
    }

    @Test func membersComeAndGo() async throws {
        try await Administrator.run { administrator in
            let group = try await administrator.post("/groups", ["profile": ["name": "Staff"]]).id
            let alice = try await administrator.user("alice")
            let bobby = try await administrator.user("bobby")
            #expect(try await administrator.put("/groups/\(group)/users/\(alice)").status == 204)
            #expect(try await administrator.put("/groups/\(group)/users/\(alice)").status == 204)
            #expect(try await administrator.put("/groups/\(group)/users/\(bobby)").status == 204)
            #expect(try await administrator.put("/groups/\(group)/users/none").status == 404)
            #expect(try administrator.events(.groupMemberAdd).count == 2)
            #expect(Set(try await administrator.get("/groups/\(group)/users").ids) == [alice, bobby])
            let first = try await administrator.get("/groups/\(group)/users?limit=1")
            let second = try await administrator.get(try #require(first.next))
            #expect(Set(first.ids + second.ids) == [alice, bobby])
            #expect(try await administrator.get("/users/alice/groups").ids == [EveryoneGroup.id, group])
            #expect(try await administrator.delete("/groups/\(group)/users/\(alice)").status == 204)
            #expect(try await administrator.delete("/groups/\(group)/users/\(alice)").status == 204)
            #expect(try await administrator.get("/groups/\(group)/users").ids == [bobby])
            // Who is deleted is in no group.
            _ = try await administrator.delete("/users/\(bobby)")
            _ = try await administrator.delete("/users/\(bobby)")
            #expect(try await administrator.get("/groups/\(group)/users").ids.isEmpty)
            #expect(try await administrator.delete("/groups/\(group)").status == 204)
            #expect(try await administrator.get("/users/alice/groups").ids == [EveryoneGroup.id])
        }
    }

    @Test func aUserIsMadeAMember() async throws {
        try await Administrator.run { administrator in
            let group = try await administrator.post("/groups", ["profile": ["name": "Staff"]]).id
            let made = try await administrator.post(
                "/users", ["profile": ["login": "alice"], "groupIds": [.string(group)]])
            #expect(try await administrator.get("/groups/\(group)/users").ids == [made.id])
            let refused = try await administrator.post("/users", ["profile": ["login": "bobby"], "groupIds": ["none"]])
            #expect(refused.status == 400)
            #expect(try await administrator.get("/users/bobby").status == 404)
        }
    }

    @Test func whoMayNotManageGroupsPutsNobodyIntoOne() async throws {
        try await Administrator.run { administrator in
            let group = try await administrator.post("/groups", ["profile": ["name": "Staff"]])
            let users = try await administrator.verifier.services.apiTokens.create(
                name: "users", scopes: [APIScope(.users, isManage: true)], days: 1
            ).text
            let body: ResourceValue = ["profile": ["login": "alice"], "groupIds": [.string(group.id)]]
            #expect(try await administrator.with(token: users).post("/users", body).status == 403)
            #expect(try await administrator.get("/users/alice").status == 404)
            let plain: ResourceValue = ["profile": ["login": "bobby"], "groupIds": []]
            #expect(try await administrator.with(token: users).post("/users", plain).status == 200)
            administrator.verifier.clock.advance(60)
            #expect(try await administrator.post("/users", body).status == 200)
            let event = try #require(try administrator.events(.groupMemberAdd).first)
            #expect(event.target.map(\.id).contains(group.id))
            let after = try await administrator.get("/groups/\(group.id)").value
            #expect(after["lastMembershipUpdated"] != group.value["lastMembershipUpdated"])
            let broken: ResourceValue = ["profile": ["login": "carol"], "groupIds": [7]]
            #expect(try await administrator.post("/users", broken).status == 400)
        }
    }

    @Test func groupsAreSearched() async throws {
        try await Administrator.run { administrator in
            for name in ["Staff", "Standby", "Other"] {
                _ = try await administrator.post("/groups", ["profile": ["name": .string(name)]])
            }
            #expect(try await administrator.get("/groups?q=sta").ids.count == 2)
            #expect(
                try await administrator.get(
                    "/groups?search=\(FormParameters.encode("profile.name eq \"other\" and type eq \"OKTA_GROUP\""))"
                ).ids.count == 1)
        }
    }
}
