// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import ManagementQueries
import Testing

@testable import VerifierServer

@Suite struct SCIMUsersTests {
    private static let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

    @Test func aUserIsMadeReadReplacedAndDeleted() async throws {
        try await SCIMClient.run { scim in
            let made = try await scim.post(
                "/Users",
                [
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice@example.com",
                    "externalId": "E-1", "name": ["givenName": "Alice", "familyName": "Example"],
                    "emails": [
                        ["value": "home@example.com", "type": "home"],
                        ["value": "alice@example.com", "type": "work", "primary": true],
                    ],
                    "phoneNumbers": [["value": "1", "type": "mobile"]], "active": true, "password": "never kept",
                    Self.enterprise: ["department": "Research", "manager": ["value": "m"]],
                ])
            #expect(made.status == 201)
            #expect(made.headers[.location] == "http://localhost:8800/scim/v2/Users/\(made.id)")
            #expect(made.value["meta"]?["location"]?.text == made.headers[.location])
            #expect(made.value["meta"]?["version"]?.text == made.headers[.eTag])
            #expect(made.value["userName"] == "alice@example.com" && made.value["displayName"] == nil)
            #expect(made.value["emails"]?.elements?.count == 2 && made.value["password"] == nil)
            #expect(made.value[Self.enterprise] == ["department": "Research", "manager": ["value": "m"]])
            let user = try #require(try await scim.verifier.services.users.find(username: "alice@example.com"))
            #expect(user.displayName == "Alice Example")
            #expect(user.profile?["email"] == "alice@example.com" && user.profile?["mobilePhone"] == "1")
            #expect(user.profile?["managerId"] == "m" && user.profile?["password"] == nil)
            #expect(try await scim.get("/Users/\(made.id)").value == made.value)
            let replaced = try await scim.put("/Users/\(made.id)", ["userName": "alice", "displayName": "Ally"])
            #expect(replaced.status == 200)
            #expect(replaced.value["emails"] == nil && replaced.value["name"] == nil)
            #expect(replaced.value["active"] == true && replaced.value["displayName"] == "Ally")
            #expect(try await scim.delete("/Users/\(made.id)").status == 204)
            #expect(try await scim.get("/Users/\(made.id)").status == 404)
            #expect(try await scim.delete("/Users/\(made.id)").status == 404)
            let events = try scim.verifier.audit.events(.userCreate)
            #expect(events.first?.actor.displayName == "scim")
        }
    }

    @Test func namesAreTakenOnce() async throws {
        try await SCIMClient.run { scim in
            _ = try await scim.user("alice")
            let bob = try await scim.user("bob")
            let again = try await scim.post("/Users", ["userName": "ALICE"])
            #expect((again.status, again.scimType ?? "") == (409, "uniqueness"))
            let renamed = try await scim.put("/Users/\(bob)", ["userName": "alice"])
            #expect((renamed.status, renamed.scimType ?? "") == (409, "uniqueness"))
        }
    }

    @Test(
        arguments: [
            [:], ["userName": ""], ["userName": "a b"], ["userName": 7],
            ["userName": "a", "emails": [["value": "nonsense", "type": "work"]]], ["userName": "a", "active": "maybe"],
            ["userName": "a", "externalId": "a\nb"], ["userName": "a", "displayName": "a\u{202E}b"],
            ["userName": "a", "emails": .array(Array(repeating: ["value": "a@example.com"], count: 21))],
            [
                "userName": "a",
                "emails": [["value": "a@example.com", "display": .string(String(repeating: "x", count: 257))]],
            ],
        ] as [ResourceValue])
    func valuesAreChecked(body: ResourceValue) async throws {
        try await SCIMClient.run { scim in
            let answer = try await scim.post("/Users", body)
            #expect((answer.status, answer.scimType ?? "") == (400, "invalidValue"))
            #expect(answer.value["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
            #expect(answer.value["status"] == "400")
            #expect(try await scim.get("/Users").total == 0)
        }
    }

    // MARK: - Who may sign in

    /// The shapes in which directories say that somebody is gone.
    private static let deactivations: [ResourceValue] = [
        ["op": "replace", "path": "active", "value": false], ["op": "Replace", "path": "active", "value": "False"],
        ["op": "replace", "value": ["active": false]],
    ]

    @Test(arguments: deactivations)
    func whoIsDeactivatedIsSignedOutAtOnce(operation: ResourceValue) async throws {
        try await SCIMClient.run { scim in
            _ = try await scim.verifier.person("alice", scim.client)
            let services = scim.verifier.services
            let user = try #require(try await services.users.find(username: "alice"))
            let identity = AuthenticatedIdentity(
                userID: user.id, deviceID: nil, enrollmentID: nil, authenticatedAt: scim.verifier.clock.now,
                methods: ["swk"], contextClass: nil)
            let access = try await services.sessions.issueAccessToken(
                identity: identity, clientID: "app", scopes: ["openid"], lifetime: 3600)
            let session = try SecretToken()
            try await services.store.write { writer in
                try services.sessions.insert(session, identity: identity, isAssured: true, in: writer)
            }
            #expect(try await services.sessions.find(token: session.text) != nil)
            _ = try await services.codes.issue(username: "alice")
            let answer = try await scim.patch("/Users/\(user.id)", operation)
            #expect(answer.status == 200 && answer.value["active"] == false)
            // Ended for good: also when they are active again.
            #expect(
                try await scim.patch("/Users/\(user.id)", ["op": "replace", "path": "active", "value": true]).status
                    == 200)
            #expect(try await services.users.find(username: "alice")?.status == .active)
            #expect(try await services.sessions.find(token: session.text) == nil)
            #expect(try await services.sessions.findAccessToken(access) == nil)
            let codes = try await services.store.read {
                try $0.records(EnrollmentCodeRecord.self, where: .first, is: user.id)
            }
            #expect(codes.isEmpty)
            #expect(try scim.verifier.audit.events(.userDeactivate).count == 1)
        }
    }

    @Test func whoIsDeactivatedIsNotIssuedAToken() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice")
            _ = try await scim.patch("/Users/\(id)", Self.deactivations[0])
            let services = scim.verifier.services
            let identity = AuthenticatedIdentity(
                userID: id, deviceID: nil, enrollmentID: nil, authenticatedAt: scim.verifier.clock.now, methods: [],
                contextClass: nil)
            await #expect(throws: VerifierError.self) {
                _ = try await services.sessions.issueAccessToken(
                    identity: identity, clientID: "app", scopes: [], lifetime: 60)
            }
        }
    }

    /// Directories say of everybody that they are active, again and again.
    @Test func whoWasSuspendedHereStaysSo() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice")
            try await scim.verifier.services.users.suspend(username: "alice")
            let answer = try await scim.put("/Users/\(id)", ["userName": "alice", "active": true])
            #expect(answer.status == 200 && answer.value["active"] == false)
            #expect(try await scim.verifier.services.users.find(username: "alice")?.status == .suspended)
            _ = try await scim.patch("/Users/\(id)", ["op": "add", "path": "title", "value": "Dr"])
            #expect(try await scim.verifier.services.users.find(username: "alice")?.status == .suspended)
            _ = try await scim.patch("/Users/\(id)", Self.deactivations[0])
            #expect(try await scim.verifier.services.users.find(username: "alice")?.status == .deactivated)
        }
    }

    @Test func whoIsBroughtInactiveMaySignInOnceActive() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice", ["active": false])
            #expect(try await scim.verifier.services.users.find(username: "alice")?.status == .staged)
            let removed = try await scim.patch("/Users/\(id)", ["op": "remove", "path": "active"])
            #expect((removed.status, removed.scimType ?? "") == (400, "invalidValue"))
            // Nothing of that changes by an update that does not speak of it.
            _ = try await scim.put("/Users/\(id)", ["userName": "alice", "title": "Dr"])
            #expect(try await scim.verifier.services.users.find(username: "alice")?.status == .staged)
            _ = try await scim.patch("/Users/\(id)", ["op": "replace", "path": "active", "value": "True"])
            #expect(try await scim.verifier.services.users.find(username: "alice")?.status == .active)
        }
    }

    // MARK: - Lists

    @Test func usersAreFoundByFilters() async throws {
        try await SCIMClient.run { scim in
            let alice = try await scim.user("alice", ["externalId": "Ab1", "emails": [["value": "a@example.com"]]])
            let bob = try await scim.user("bob", ["externalId": "aB1", "active": false])
            for (filter, ids) in [
                ("userName eq \"ALICE\"", [alice]), ("username Eq \"alice\" and active eq false", []),
                ("externalId eq \"aB1\"", [bob]), ("externalId eq \"ab1\"", []), ("active eq false", [bob]),
                ("emails.value eq \"a@example.com\"", [alice]), ("id eq \"\(bob)\"", [bob]),
                ("userName eq \"not possible!\"", []),
                ("userName eq \"alice\" or externalId eq \"aB1\"", [alice, bob]),
                ("meta.resourceType eq \"User\"", [alice, bob]),
            ] {
                let found = try await scim.list("/Users", filter: filter)
                #expect(Set(found.ids) == Set(ids) && found.total == .integer(Int64(ids.count)), "\(filter)")
            }
            for filter in ["nothing eq 1", "userName", "userName eq alice", "(userName pr"] {
                let refused = try await scim.list("/Users", filter: filter)
                #expect((refused.status, refused.scimType ?? "") == (400, "invalidFilter"), "\(filter)")
            }
            // Who was deactivated is listed, who was deleted is not.
            _ = try await scim.delete("/Users/\(alice)")
            #expect(try await scim.get("/Users").ids == [bob])
            #expect(try await scim.list("/Users", filter: "externalId eq \"Ab1\"").ids.isEmpty)
        }
    }

    @Test func listsHavePages() async throws {
        try await SCIMClient.run { scim in
            for number in 1...5 { _ = try await scim.user("user\(number)") }
            let all = try await scim.get("/Users").ids
            let page = try await scim.get("/Users?startIndex=2&count=2")
            #expect(page.ids == Array(all[1...2]) && page.total == 5)
            #expect(page.value["startIndex"] == 2 && page.value["itemsPerPage"] == 2)
            #expect(try await scim.get("/Users?startIndex=0&count=-1").ids.isEmpty)
            #expect(try await scim.get("/Users?count=0").total == 5)
            #expect(try await scim.get("/Users?startIndex=6").ids.isEmpty)
            #expect(try await scim.get("/Users?count=x").status == 400)
            #expect(try await scim.get("/Users?startIndex=9223372036854775807").status == 400)
        }
    }

    @Test func attributesAreChosen() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice", ["name": ["givenName": "A", "familyName": "B"], "title": "Dr"])
            let some = try await scim.get("/Users/\(id)?attributes=userName,name.givenName")
            #expect(Set((some.value.members ?? [:]).keys) == ["schemas", "id", "userName", "name"])
            #expect(some.value["name"] == ["givenName": "A"])
            let others = try await scim.get("/Users/\(id)?excludedAttributes=title,id,name.familyName")
            #expect(others.value["title"] == nil && others.value["id"] != nil)
            #expect(others.value["name"] == ["givenName": "A"] && others.value["userName"] == "alice")
        }
    }

    @Test func aStateThatWasChangedMeanwhileIsNotOverwritten() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice")
            let tag = try await scim.get("/Users/\(id)").headers[.eTag]
            let changed = try await scim.put("/Users/\(id)", ["userName": "alice", "title": "Dr"], ifMatch: tag)
            #expect(changed.status == 200 && changed.headers[.eTag] != tag)
            #expect(try await scim.put("/Users/\(id)", ["userName": "alice"], ifMatch: tag).status == 412)
            let operation: ResourceValue = ["op": "remove", "path": "title"]
            #expect(try await scim.patch("/Users/\(id)", operation, ifMatch: tag).status == 412)
            #expect(try await scim.patch("/Users/\(id)", operation, ifMatch: "*").status == 200)
        }
    }

    @Test func aProfileThatWasChangedElsewhereIsTold() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice", ["emails": [["value": "a@example.com", "type": "work"]]])
            let token = try await scim.verifier.services.apiTokens.create(name: "all", scopes: APIScope.all, days: 1)
                .text
            let administrator = Administrator(verifier: scim.verifier, client: scim.client, token: token)
            _ = try await administrator.post("/users/\(id)", ["profile": ["email": "b@example.com", "city": "Bern"]])
            let read = try await scim.get("/Users/\(id)").value
            #expect(read["emails"] == [["value": "b@example.com", "type": "work", "primary": true]])
            // What SCIM has no name for stays.
            _ = try await scim.put("/Users/\(id)", ["userName": "alice"])
            let user = try await scim.verifier.services.users.find(username: "alice")
            #expect(user?.profile?["city"] == "Bern" && user?.profile?["email"] == nil)
        }
    }
}
