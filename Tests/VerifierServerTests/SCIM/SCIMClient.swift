// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import ManagementQueries
import NIOCore
import Testing
import WireProtocol

@testable import VerifierServer

/// A directory that brings people and groups by SCIM.
struct SCIMClient: Sendable {
    let verifier: TestVerifier
    let client: RoutesClient
    var token: String

    /// What was answered.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let value: ResourceValue

        var id: String { value["id"]?.text ?? "" }
        var scimType: String? { value["scimType"]?.text }
        var total: ResourceValue? { value["totalResults"] }
        var ids: [String] { (value["Resources"]?.elements ?? []).compactMap { $0["id"]?.text } }
    }

    /// Runs a test with a token of these scopes.
    static func run(
        scopes: [APIScope] = [APIScope(.scim, isManage: true)],
        _ test: @escaping @Sendable (SCIMClient) async throws -> Void
    ) async throws {
        try await TestVerifier.run { verifier, client in
            let token = try await verifier.services.apiTokens.create(name: "scim", scopes: scopes, days: 1).text
            try await test(SCIMClient(verifier: verifier, client: client, token: token))
        }
    }

    func get(_ path: String) async throws -> Answer { try await send(.get, path, nil) }

    func list(_ path: String, filter: String) async throws -> Answer {
        try await send(.get, "\(path)?filter=\(FormParameters.encode(filter))", nil)
    }

    func post(_ path: String, _ body: ResourceValue) async throws -> Answer { try await send(.post, path, body) }

    func put(_ path: String, _ body: ResourceValue, ifMatch: String? = nil) async throws -> Answer {
        try await send(.put, path, body, ifMatch: ifMatch)
    }

    func patch(_ path: String, _ operations: ResourceValue..., ifMatch: String? = nil) async throws -> Answer {
        let body: ResourceValue = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": .array(operations),
        ]
        return try await send(.patch, path, body, ifMatch: ifMatch)
    }

    func delete(_ path: String) async throws -> Answer { try await send(.delete, path, nil) }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: ResourceValue?, ifMatch: String? = nil,
        authorization: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [.authorization: authorization ?? "Bearer \(token)"]
        if body != nil { headers[.contentType] = "application/scim+json" }
        headers[.ifMatch] = ifMatch
        let response = try await client.execute(
            uri: "/scim/v2\(path)", method: method, headers: headers,
            body: try body.map { ByteBuffer(bytes: try JSON.encode($0)) })
        let bytes = Array(response.body.readableBytesView)
        if !bytes.isEmpty { #expect(response.headers[.contentType] == "application/scim+json") }
        return Answer(
            status: response.status.code, headers: response.headers,
            value: bytes.isEmpty ? .null : try JSON.decode(ResourceValue.self, from: bytes, limit: 1 << 24))
    }

    /// Makes a user; answers their id.
    func user(_ name: String, _ more: [String: ResourceValue] = [:]) async throws -> String {
        var body = more
        body["schemas"] = ["urn:ietf:params:scim:schemas:core:2.0:User"]
        body["userName"] = .string(name)
        let answer = try await post("/Users", .object(body))
        #expect(answer.status == 201, "\(answer.value)")
        return answer.id
    }
}
