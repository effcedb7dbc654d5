// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import ManagementQueries
import Testing

@testable import VerifierServer

@Suite struct SCIMRoutesTests {
    @Test(arguments: APIScope.all.filter { $0.resource != .scim })
    func otherScopesDoNotOpenIt(scope: APIScope) async throws {
        try await SCIMClient.run(scopes: [scope]) { scim in
            for path in ["/Users", "/Groups", "/Schemas", "/ServiceProviderConfig"] {
                let answer = try await scim.get(path)
                #expect(answer.status == 403, "\(path)")
            }
            #expect(try await scim.post("/Users", ["userName": "alice"]).status == 403)
            #expect(try await scim.verifier.services.users.list().isEmpty)
        }
    }

    @Test func whoMayReadMayNotChange() async throws {
        try await SCIMClient.run(scopes: [APIScope(.scim, isManage: false)]) { scim in
            #expect(try await scim.get("/Users").status == 200)
            let refused = try await scim.post("/Users", ["userName": "alice"])
            #expect(refused.status == 403 && refused.value["status"] == "403")
            for method in [HTTPRequest.Method.put, .patch, .delete] {
                #expect(try await scim.send(method, "/Users/x", [:]).status == 403)
                #expect(try await scim.send(method, "/Groups/x", [:]).status == 403)
            }
        }
    }

    @Test func aTokenIsNeeded() async throws {
        try await SCIMClient.run { scim in
            for header in ["", "Bearer", "Bearer x", "SSWS \(scim.token)", "Bearer \(scim.token)x"] {
                let answer = try await scim.send(.get, "/Users", nil, authorization: header)
                #expect(answer.status == 401 && answer.headers[.wwwAuthenticate] == "Bearer", "\(header)")
            }
            try await scim.verifier.services.apiTokens.revoke("scim")
            #expect(try await scim.get("/Users").status == 401)
        }
    }

    @Test func aTokenOfScimOpensNothingElse() async throws {
        try await SCIMClient.run { scim in
            let administrator = Administrator(verifier: scim.verifier, client: scim.client, token: scim.token)
            for path in ["/users", "/groups", "/policies?type=ACCESS_POLICY", "/logs"] {
                let answer = try await administrator.get(path)
                #expect(answer.status == 403, "\(path)")
            }
            let bearer: HTTPFields = [.authorization: "Bearer \(scim.token)"]
            #expect(try await administrator.get("/users", headers: bearer).status == 401)
        }
    }

    @Test func whatIsOfferedIsTold() async throws {
        try await SCIMClient.run { scim in
            let configuration = try await scim.get("/ServiceProviderConfig").value
            #expect(configuration["patch"]?["supported"] == true && configuration["bulk"]?["supported"] == false)
            #expect(try await scim.get("/ResourceTypes").ids == ["User", "Group"])
            #expect(try await scim.get("/ResourceTypes/User").value["endpoint"] == "/Users")
            let schemas = try await scim.get("/Schemas").ids
            #expect(schemas.count == 3)
            for id in schemas { #expect(try await scim.get("/Schemas/\(id)").id == id) }
            #expect(try await scim.get("/Schemas/none").status == 404)
            #expect(try await scim.list("/Schemas", filter: "id pr").status == 403)
        }
    }

    @Test func whatIsNotServedIsToldAsSCIMDoes() async throws {
        try await SCIMClient.run { scim in
            for (method, path, status) in [
                (HTTPRequest.Method.post, "/Schemas", 405), (.delete, "/ServiceProviderConfig", 405),
                (.get, "/Nothing", 404), (.post, "/Bulk", 501), (.post, "/Users/.search", 501),
            ] {
                let answer = try await scim.send(method, path, method == .get ? nil : [:])
                #expect(answer.status == status, "\(method) \(path)")
                #expect(answer.value["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
            }
        }
    }

    @Test func bodiesAreBounded() async throws {
        try await SCIMClient.run { scim in
            let id = try await scim.user("alice")
            let operations = ResourceValue.array(
                Array(repeating: ["op": "add", "path": "title", "value": "x"], count: SCIMPatch.maximumOperations + 1))
            let many = try await scim.send(.patch, "/Users/\(id)", ["Operations": operations])
            #expect((many.status, many.scimType ?? "") == (400, "invalidSyntax"))
            let long = ResourceValue.string(String(repeating: "x", count: 300_000))
            #expect(try await scim.put("/Users/\(id)", ["userName": "alice", "title": long]).status == 413)
            #expect(try await scim.get("/Users/\(id)").value["title"] == nil)
        }
    }
}
