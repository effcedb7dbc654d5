// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import HTTPTypes
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ManagedUsersTests {
    static let alice: ResourceValue = [
        "profile": [
            "login": "Alice@Example.com", "email": "alice@example.com", "firstName": "Alice", "lastName": "Example",
            "department": "Research", "costCenters": ["a", 7], "isRemote": true,
        ]
    ]

    @Test func aUserIsMadeReadChangedAndDeleted() async throws {
        try await Administrator.run { administrator in
            let made = try await administrator.post("/users", Self.alice)
            #expect(made.status == 200)
            #expect(made.value["status"] == "ACTIVE")
            #expect(made.value["profile"]?["login"] == "alice@example.com")
            #expect(made.value["profile"]?["displayName"] == "Alice Example")
            #expect(made.value["profile"]?["costCenters"] == ["a", 7])
            let byLogin = try await administrator.get("/users/ALICE%40example.com")
            #expect(byLogin.value == made.value)
            #expect(byLogin.tag == made.tag)
            let path = "/users/\(made.id)"
            let merged = try await administrator.post(path, ["profile": ["department": .null, "lastName": "Other"]])
            #expect(merged.value["profile"]?["department"] == nil)
            #expect(merged.value["profile"]?["displayName"] == "Alice Other")
            #expect(merged.value["profile"]?["email"] == "alice@example.com")
            let replaced = try await administrator.put(
                path, ["profile": ["login": "alice2", "email": "a@example.com"]], headers: [.ifMatch: merged.tag])
            #expect(replaced.value["profile"]?["firstName"] == nil)
            #expect(replaced.value["profile"]?["displayName"] == "alice2")
            #expect(try await administrator.put(path, Self.alice, headers: [.ifMatch: merged.tag]).status == 412)
            #expect(try await administrator.delete(path, headers: [.ifMatch: merged.tag]).status == 412)
            #expect(try await administrator.get("/users/alice@example.com").status == 404)
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await administrator.get(path).value["status"] == "DEPROVISIONED")
            #expect(try await administrator.post(path, ["profile": ["lastName": "X"]]).status == 400)
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await administrator.get(path).status == 404)
            #expect(try await administrator.delete(path).status == 404)
            let events = try administrator.verifier.audit.lines.compactMap { line in
                try JSON.decode(ResourceValue.self, from: Array(line.utf8))
            }.filter { $0["actor"]?["type"] == "ApiToken" }.compactMap { $0["eventType"]?.text }
            #expect(
                events == [
                    "user.lifecycle.create", "user.account.update_profile", "user.account.update_profile",
                    "user.lifecycle.deactivate", "user.lifecycle.delete.completed",
                ])
        }
    }

    @Test(
        arguments: [
            ([:], "login"), (["login": ""], "login"), (["login": "a b"], "login"), (["login": 5], "login"),
            (["login": "alice", "email": "nonsense"], "email"), (["login": "alice", "email": "a@b"], "email"),
            (["login": "alice", "firstName": ""], "firstName"), (["login": "alice", "firstName": ["a"]], "firstName"),
            (["login": "alice", "lastName": .string(String(repeating: "x", count: 51))], "lastName"),
            (["login": "alice", "title": "a\u{202E}b"], "title"), (["login": "alice", "x": ["y": 1]], "x"),
            (["login": "alice", "x": [["y"]]], "x"), (["login": "alice", "a b": "c"], "a b"),
        ] as [(ResourceValue, String)])
    func aProfileIsChecked(profile: ResourceValue, member: String) async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.post("/users", ["profile": profile])
            #expect((answer.status, answer.code ?? "") == (400, "E0000001"))
            #expect(answer.causes.contains { $0.hasPrefix("\(member):") }, "\(answer.causes)")
        }
    }

    @Test func aProfileIsBounded() async throws {
        try await Administrator.run { administrator in
            var profile: [String: ResourceValue] = ["login": "alice"]
            for number in 0..<99 { profile["m\(number)"] = 1 }
            let made = try await administrator.post("/users", ["profile": .object(profile)])
            #expect(made.status == 200)
            profile["login"] = "bobby"
            profile["one-more"] = 1
            let refused = try await administrator.post("/users", ["profile": .object(profile)])
            #expect(refused.status == 400)
        }
    }

    @Test func aLoginIsOnesOwn() async throws {
        try await Administrator.run { administrator in
            let bob = try await administrator.user("bobby")
            _ = try await administrator.user("alice")
            for answer in [
                try await administrator.post("/users", ["profile": ["login": "ALICE"]]),
                try await administrator.post("/users/\(bob)", ["profile": ["login": "alice"]]),
                try await administrator.put("/users/\(bob)", ["profile": ["login": "alice"]]),
            ] {
                #expect((answer.status, answer.code ?? "") == (400, "E0000001"))
                #expect(answer.causes.first?.hasPrefix("login: An object with this field already exists") == true)
            }
        }
    }

    @Test func passwordsAreNotTaken() async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.post(
                "/users", ["profile": ["login": "alice"], "credentials": ["password": ["value": "secret-word"]]])
            #expect(answer.status == 400)
            #expect(!"\(answer.value)".contains("secret-word"))
        }
    }

    @Test func theLifecycleIsOktas() async throws {
        try await Administrator.run { administrator in
            let staged = try await administrator.post("/users?activate=false", Self.alice)
            #expect(staged.value["status"] == "STAGED")
            let path = "/users/\(staged.id)"
            func step(_ name: String, _ status: Int, _ standing: ResourceValue) async throws {
                let answer = try await administrator.post("\(path)/lifecycle/\(name)")
                #expect(answer.status == status, "\(name)")
                #expect(try await administrator.get(path).value["status"] == standing, "\(name)")
            }
            try await step("suspend", 400, "STAGED")
            try await step("activate", 200, "ACTIVE")
            try await step("activate", 200, "ACTIVE")
            try await step("suspend", 200, "SUSPENDED")
            try await step("suspend", 200, "SUSPENDED")
            try await step("unsuspend", 200, "ACTIVE")
            try await step("deactivate", 200, "DEPROVISIONED")
            try await step("unsuspend", 400, "DEPROVISIONED")
            try await step("activate", 200, "ACTIVE")
            #expect(try administrator.events(.userActivate).count == 2)
        }
    }

    @Test(arguments: [User.Status.staged, .deactivated])
    func whoIsNotActiveSignsInNowhere(status: User.Status) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let id = try #require(agent.enrollment).user.id
        let now = world.clock.now
        try await world.store.write { writer in
            var user = try #require(try writer.record(User.self, id: id))
            try UserDirectory.set(&user, to: status, at: now, in: writer)
        }
        let response = try await agent.response(to: challenge)
        let refused = try await refusal { try await world.post(response, to: challenge) }
        #expect(refused.status == 423)
    }

    @Test func listsArePagedSearchedAndFiltered() async throws {
        try await Administrator.run { administrator in
            var ids: [String] = []
            for number in 0..<7 {
                ids.append(
                    try await administrator.user("user\(number)@example.com", ["firstName": .string("F\(number)")]))
            }
            var path: String? = "/users?limit=3"
            var seen: [String] = []
            var pages = 0
            while let current = path {
                let page = try await administrator.get(current)
                #expect(page.ids.count <= 3)
                seen += page.ids
                path = page.next
                pages += 1
                if let next = page.next { #expect(next.contains("limit=3")) }
            }
            #expect(seen == ids.sorted())
            #expect(pages == 3)
            #expect(try await administrator.get("/users?limit=7").next == nil)
            #expect(try await administrator.get("/users?q=f3").ids == [ids[3]])
            let search = "profile.login sw \"user\" and (profile.firstName eq \"F2\" or profile.firstName eq \"F5\")"
            #expect(
                Set(try await administrator.get("/users?search=\(FormParameters.encode(search))").ids)
                    == [ids[2], ids[5]])
            _ = try await administrator.delete("/users/\(ids[0])")
            #expect(try await administrator.get("/users").ids.count == 6)
            #expect(
                try await administrator.get("/users?filter=\(FormParameters.encode("status eq \"DEPROVISIONED\""))").ids
                    == [ids[0]])
        }
    }

    @Test(arguments: [
        ("search=x", "E0000031"), ("filter=status%20eq", "E0000031"), ("after=zz", "E0000031"),
        ("after=67726f757073207832", "E0000031"), ("limit=0", "E0000001"), ("limit=x", "E0000001"),
        ("limit=-1", "E0000001"), ("sortBy=x", "E0000001"), ("q=%ff", "E0000001"),
    ])
    func whatIsNotUnderstoodIsTold(query: String, code: String) async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.get("/users?\(query)")
            #expect((answer.status, answer.code ?? "") == (400, code), "\(answer.value)")
        }
    }

    @Test func aShortLoginIsShownToWhoAsksForExtensions() async throws {
        try await Administrator.run { administrator in
            let id = try await administrator.user("bob")
            let plain = try await administrator.get("/users/bob")
            #expect(plain.value["profile"]?["login"] == nil)
            let extended = try await administrator.get("/users/\(id)?extended=true")
            #expect(extended.value["profile"]?["login"] == "bob")
            #expect(extended.tag == plain.tag)
        }
    }

    @Test func usersOfTheFirstVersionAreReadAndChanged() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.sqlite")
        let old = try anotherConnection(to: path)
        try RecordSchema.migrator.migrate(old, upTo: "1 records")
        try await old.write { database in
            try database.execute(
                sql: "INSERT INTO record (collection, id, key_unique, body) VALUES ('users', '00uOld', 'carol', ?)",
                arguments: [
                    Data(
                        #"{"id":"00uOld","username":"carol","displayName":"Carol C.","status":"suspended","createdAt":1700000000}"#
                            .utf8)
                ])
        }
        try old.close()
        let store = try SQLiteStore(path: path)
        let user = try #require(try await store.read { try $0.record(User.self, id: "00uOld") })
        #expect(user.profile == nil)
        let value = UserResource(user: user, issuer: "https://id.example.com").value
        #expect(value["status"] == "SUSPENDED")
        #expect(value["profile"] == ["login": "carol", "displayName": "Carol C."])
        #expect(value["lastUpdated"] == value["created"])
        try await store.write { writer in
            var user = user
            user.profile = try UserProfile.merged(user, with: ["email": "carol@example.com"]).members
            try writer.save(user)
            try writer.insert(
                GroupRecord(id: "00g1", name: "Staff", createdAt: 1, updatedAt: 1, membersChangedAt: 1))
            try writer.insert(GroupMembership(groupID: "00g1", userID: user.id, since: 1))
        }
        let changed = try #require(
            try await store.read { try $0.records(User.self, where: .unique, is: "carol").first })
        #expect(changed.profile?["email"] == "carol@example.com")
        #expect(changed.displayName == "Carol C.")
        #expect(try await store.read { try GroupMembership.groups(of: "00uOld", in: $0) }.map(\.name) == ["Staff"])
    }

    @Test func aProfileIsBoundedAndForgottenWithItsUser() async throws {
        try await Administrator.run { administrator in
            var profile: [String: ResourceValue] = ["login": "alice"]
            for number in 0..<15 { profile["text\(number)"] = .string(String(repeating: "x", count: 4096)) }
            let made = try await administrator.post("/users", ["profile": .object(profile)])
            #expect(made.status == 200)
            let more: ResourceValue = ["profile": ["more": .string(String(repeating: "x", count: 4096))]]
            let refused = try await administrator.post("/users/\(made.id)", more)
            #expect((refused.status, refused.causes.first?.hasPrefix("profile:") == true) == (400, true))
            for _ in 0..<2 { _ = try await administrator.delete("/users/\(made.id)") }
            let user = try #require(try await administrator.verifier.services.users.find(id: made.id))
            #expect(user.status == .deleted && user.profile == nil)
        }
    }
}
