// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import ManagementQueries
import NIOCore
import Testing
import WireProtocol

@testable import VerifierServer

/// A program of an administrator's that asks the management API.
struct Administrator: Sendable {
    let verifier: TestVerifier
    let client: RoutesClient
    var token: String

    /// What was answered.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let value: ResourceValue

        var id: String { value["id"]?.text ?? "" }
        var tag: String { headers[.eTag] ?? "" }
        var code: String? { value["errorCode"]?.text }
        var causes: [String] { (value["errorCauses"]?.elements ?? []).compactMap { $0["errorSummary"]?.text } }
        var ids: [String] { (value.elements ?? []).compactMap { $0["id"]?.text } }
        var names: [String] { (value.elements ?? []).compactMap { $0["name"]?.text } }

        /// Where a list goes on, as a path.
        var next: String? {
            for link in headers[values: HTTPField.Name("Link")!] where link.contains("rel=\"next\"") {
                return link.dropFirst("<http://localhost:8800".count).prefix { $0 != ">" }.description
            }
            return nil
        }
    }

    /// Runs a test with a token for everything.
    static func run(
        more: String = "", scopes: [APIScope] = APIScope.all,
        _ test: @escaping @Sendable (Administrator) async throws -> Void
    ) async throws {
        try await TestVerifier.run(more: more) { verifier, client in
            let token = try await verifier.services.apiTokens.create(name: "test", scopes: scopes, days: 1).text
            try await test(Administrator(verifier: verifier, client: client, token: token))
        }
    }

    /// The same, by another token.
    func with(token: String) -> Administrator {
        var other = self
        other.token = token
        return other
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, nil, headers: headers)
    }

    func post(_ path: String, _ body: ResourceValue? = nil, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.post, path, body.map { try JSON.encode($0) }, headers: headers)
    }

    func put(_ path: String, _ body: ResourceValue? = nil, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.put, path, body.map { try JSON.encode($0) }, headers: headers)
    }

    func delete(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.delete, path, nil, headers: headers)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8]?, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if headers[.authorization] == nil { headers[.authorization] = "SSWS \(token)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let uri = path.hasPrefix("/api/v1") ? path : "/api/v1\(path)"
        let response = try await client.execute(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) })
        let bytes = Array(response.body.readableBytesView)
        return Answer(
            status: response.status.code, headers: response.headers,
            value: bytes.isEmpty ? .null : try JSON.decode(ResourceValue.self, from: bytes, limit: 1 << 24))
    }

    /// Makes a user; answers their id.
    func user(_ login: String, _ more: [String: ResourceValue] = [:]) async throws -> String {
        var profile = more
        profile["login"] = .string(login)
        let answer = try await post("/users", ["profile": .object(profile)])
        #expect(answer.status == 200, "\(answer.value)")
        return answer.id
    }

    /// The events of the audit log of a kind.
    func events(_ type: AuditEventType) throws -> [RecordingAuditSink.Line] { try verifier.audit.events(type) }
}
