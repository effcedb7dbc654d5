// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ManagementQueries
import Testing

@Suite struct SCIMPatchTests {
    private static let type = SCIMResourceType(
        name: "User", endpoint: "/Users",
        schema: SCIMSchema(
            id: "urn:ietf:params:scim:schemas:core:2.0:User", name: "User", summary: "A person",
            attributes: [
                SCIMAttribute("userName", .string, "Login"), SCIMAttribute("displayName", .string, "Name"),
                SCIMAttribute("active", .boolean, "Whether they may sign in"),
                SCIMAttribute(
                    "name", .complex, "Names",
                    subAttributes: [
                        SCIMAttribute("familyName", .string, "Last"), SCIMAttribute("givenName", .string, "First"),
                    ]),
                SCIMAttribute(
                    "emails", .complex, "Addresses",
                    subAttributes: [
                        SCIMAttribute("value", .string, "Address"), SCIMAttribute("type", .string, "Use"),
                        SCIMAttribute("primary", .boolean, "First"),
                    ]
                ) { $0.isMultiValued = true },
                SCIMAttribute(
                    "members", .complex, "Members",
                    subAttributes: [
                        SCIMAttribute("value", .string, "Id") { $0.isCaseExact = true },
                        SCIMAttribute("display", .string, "Name") { $0.mutability = .readOnly },
                    ]
                ) { $0.isMultiValued = true },
            ]),
        extensions: [
            SCIMSchema(
                id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", name: "Enterprise", summary: "Work",
                attributes: [SCIMAttribute("department", .string, "Where")])
        ])

    private static let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

    private static let resource: ResourceValue = [
        "userName": "alice", "active": true, "name": ["familyName": "Example"],
        "emails": [
            ["value": "a@work.example", "type": "work", "primary": true], ["value": "a@home.example", "type": "home"],
        ],
        "members": [["value": "u1"], ["value": "u2"], ["value": "U1"]],
    ]

    private func patched(_ operations: ResourceValue...) throws(SCIMError) -> ResourceValue {
        let body: ResourceValue = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": .array(operations),
        ]
        return try SCIMPatch(body, of: Self.type).applied(to: Self.resource)
    }

    private func refusal(_ operations: ResourceValue...) -> SCIMError.Kind? {
        do throws(SCIMError) {
            _ = try SCIMPatch(["Operations": .array(operations)], of: Self.type).applied(to: Self.resource)
            return nil
        } catch { return error.kind }
    }

    // MARK: - What RFC 7644 §3.5.2 says

    @Test func attributesAreSetAndTakenAway() throws {
        let changed = try patched(
            ["op": "add", "path": "displayName", "value": "Alice"],
            ["op": "replace", "path": "name.givenName", "value": "Alice"],
            ["op": "remove", "path": "emails[type eq \"home\"]"], ["op": "remove", "path": "members"])
        #expect(changed["displayName"] == "Alice")
        #expect(changed["name"] == ["familyName": "Example", "givenName": "Alice"])
        #expect(changed["emails"]?.elements?.count == 1 && changed["members"] == nil)
    }

    @Test func complexAttributesAreMergedAndSeveralValuesReplaced() throws {
        let changed = try patched(
            ["op": "replace", "path": "name", "value": ["GivenName": "Alice"]],
            ["op": "replace", "path": "members", "value": [["value": "u9", "display": "forged"]]])
        #expect(changed["name"] == ["familyName": "Example", "givenName": "Alice"])
        #expect(changed["members"] == [["value": "u9"]])
    }

    @Test func valuesAreAddedOnce() throws {
        let changed = try patched(
            ["op": "add", "path": "members", "value": [["value": "u2"], ["value": "u3"]]],
            [
                "op": "add", "path": "emails",
                "value": [["value": "b@work.example", "type": "other", "primary": true]],
            ])
        #expect(changed["members"] == [["value": "u1"], ["value": "u2"], ["value": "U1"], ["value": "u3"]])
        #expect(changed["emails"]?.elements?.map { $0["primary"] } == [false, nil, true])
    }

    @Test func valuesAreChosenByFilters() throws {
        let changed = try patched(
            [
                "op": "replace", "path": "emails[type eq \"work\" and value co \"work\"].value",
                "value": "c@work.example",
            ],
            ["op": "remove", "path": "members[value eq \"u1\"]"],
            ["op": "add", "path": "emails[type eq \"other\"].value", "value": "d@x.example"])
        let emails = changed["emails"]?.elements
        #expect(emails?.first == ["value": "c@work.example", "type": "work", "primary": true])
        #expect(emails?.last == ["value": "d@x.example", "type": "other"])
        // Ids are exact: u1 is not U1.
        #expect(changed["members"] == [["value": "u2"], ["value": "U1"]])
    }

    @Test func extensionsHaveTheirAttributes() throws {
        let path = "\(Self.enterprise):department"
        #expect(
            try patched(["op": "add", "path": .string(path), "value": "D"])[Self.enterprise] == ["department": "D"])
        let whole = try patched(["op": "add", "path": .string(Self.enterprise), "value": ["Department": "D", "x": 1]])
        #expect(whole[Self.enterprise] == ["department": "D"])
        let gone = try patched(
            ["op": "add", "path": .string(path), "value": "D"], ["op": "remove", "path": .string(path)])
        #expect(gone[Self.enterprise] == nil)
        let core = "urn:ietf:params:scim:schemas:core:2.0:User:userName"
        #expect(try patched(["op": "replace", "path": .string(core), "value": "bob"])["userName"] == "bob")
    }

    // MARK: - What clients send

    @Test func falseMayBeAText() throws {
        for value in [false, "False", "false"] as [ResourceValue] {
            #expect(try patched(["op": "Replace", "path": "active", "value": value])["active"] == false)
            #expect(try patched(["op": "replace", "value": ["active": value]])["active"] == false)
        }
        #expect(refusal(["op": "replace", "path": "active", "value": "no"]) == .invalidValue)
        #expect(refusal(["op": "replace", "path": "active", "value": 0]) == .invalidValue)
    }

    @Test func aValueMayHavePaths() throws {
        let changed = try patched([
            "op": "Replace",
            "value": [
                "id": "1", "schemas": [], "name.givenName": "Alice", "emails[type eq \"work\"].value": "x@work.example",
                "\(Self.enterprise):department": "D",
            ],
        ])
        #expect(changed["name"]?["givenName"] == "Alice" && changed["id"] == nil)
        #expect(changed["emails"]?.elements?.first?["value"] == "x@work.example")
        #expect(changed[Self.enterprise]?["department"] == "D")
    }

    @Test func aRemovalMayListMembers() throws {
        let changed = try patched(["op": "Remove", "path": "members", "value": [["value": "u1"], ["value": "none"]]])
        #expect(changed["members"] == [["value": "u2"], ["value": "U1"]])
        #expect(try patched(["op": "remove", "path": "members[value eq \"none\"]"]) == Self.resource)
    }

    // MARK: - What is refused

    @Test(
        arguments: [
            (["op": "copy", "path": "active", "value": true], .invalidSyntax), (["op": "remove"], .noTarget),
            (["op": "add", "value": "x"], .invalidSyntax), (["op": "add", "path": 7, "value": "x"], .invalidPath),
            (["op": "add", "path": "nothing", "value": "x"], .invalidPath),
            (["op": "add", "path": "name.nothing", "value": "x"], .invalidPath),
            (["op": "add", "path": "", "value": "x"], .invalidPath),
            (["op": "add", "path": "emails[type eq \"work\"", "value": "x"], .invalidPath),
            (["op": "add", "path": "emails[type eq \"work\"]x", "value": "x"], .invalidPath),
            (["op": "add", "path": "emails[nothing eq 1]", "value": [:]], .invalidFilter),
            (["op": "add", "path": "emails[type]", "value": [:]], .invalidFilter),
            (["op": "replace", "path": "id", "value": "x"], .mutability),
            (["op": "replace", "path": "members.display", "value": "x"], .mutability),
            (["op": "replace", "path": "emails[type eq \"none\"].value", "value": "x"], .noTarget),
            (["op": "replace", "path": "userName", "value": ["a": "b"]], .invalidValue),
            (["op": "replace", "path": "emails", "value": [7]], .invalidValue),
        ] as [(ResourceValue, SCIMError.Kind)])
    func whatIsNotUnderstoodIsRefused(operation: ResourceValue, kind: SCIMError.Kind) {
        #expect(refusal(operation) == kind)
    }

    @Test func thereAreBounds() {
        func refusal(_ body: ResourceValue) -> SCIMError.Kind? {
            do throws(SCIMError) {
                _ = try SCIMPatch(body, of: Self.type)
                return nil
            } catch { return error.kind }
        }
        let operation: ResourceValue = ["op": "add", "path": "displayName", "value": "x"]
        #expect(refusal(["Operations": []]) == .invalidSyntax)
        #expect(refusal([:]) == .invalidSyntax)
        #expect(refusal(["operations": .array(Array(repeating: operation, count: 1000))]) == nil)
        #expect(refusal(["Operations": .array(Array(repeating: operation, count: 1001))]) == .invalidSyntax)
        let path = ResourceValue.string("emails[type eq \"\(String(repeating: "x", count: 5000))\"]")
        #expect(refusal(["Operations": [["op": "remove", "path": path]]]) == .invalidPath)
    }

    // MARK: - Filters and bodies

    @Test func filtersNameAttributesOfTheSchemas() throws {
        func fits(_ text: String) throws(SCIMError) -> Bool {
            try FilterExpression(text, of: Self.type).matches(Self.resource)
        }
        #expect(try fits("USERNAME eq \"ALICE\" and active eq true"))
        #expect(try fits("urn:ietf:params:scim:schemas:core:2.0:User:name.familyname eq \"example\""))
        #expect(try fits("emails.type eq \"home\" and emails co \"home.example\""))
        #expect(try fits("members eq \"u1\" and not (members eq \"u3\")"))
        #expect(try !fits("members.value eq \"U2\""))
        #expect(throws: SCIMError.self) { try fits("nothing eq \"x\"") }
        #expect(throws: SCIMError.self) { try fits("userName eq") }
    }

    @Test func whatAFilterRequiresIsFound() throws {
        let filter = try FilterExpression("active eq true and userName eq \"alice\"", of: Self.type)
        #expect(filter.required(["userName"]) == "alice")
        #expect(try FilterExpression("externalId eq \"A\"", of: Self.type).required(["externalId"]) == "A")
        #expect(
            try FilterExpression("userName eq \"a\" or active eq true", of: Self.type).required(["userName"]) == nil)
    }

    @Test func bodiesAreKeptAsTheSchemasSpellThem() throws {
        let kept = try Self.type.normalized([
            "USERNAME": "alice", "id": "forged", "password": "x", "Active": "True", "emails": "a@x.example",
            "displayName": .null, Self.enterprise.uppercased(): ["DEPARTMENT": "D"],
        ])
        #expect(
            kept == [
                "userName": "alice", "active": true, "emails": [["value": "a@x.example"]],
                Self.enterprise: ["department": "D"],
            ])
        #expect(throws: SCIMError.self) { try Self.type.normalized(["userName": 7]) }
        #expect(throws: SCIMError.self) { try Self.type.normalized([]) }
    }
}
