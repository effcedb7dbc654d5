// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import HTTPTypes
import NIOCore
import Testing
import VerifierServer
import WireProtocol

/// The requests by which an agent keeps its spare keys.
@Suite struct SpareKeyRoutesTests {
    private struct Setting {
        let verifier: TestVerifier
        let agent: SoftwareAgent
        let browser: TestBrowser
        var path: String { "/idp/myaccount/app-authenticators/\(agent.enrollment.id)/keys" }

        func update() async throws -> String {
            try await agent.instance.compactJWS(
                EnrollmentUpdateClaims(
                    enrollmentID: agent.enrollment.id, audience: "http://localhost:8800",
                    userID: agent.enrollment.user.id, issuedAt: verifier.clock.now,
                    tokenID: try SecureRandom.identifier()), type: TokenType.enrollmentUpdate)
        }

        func add(_ keyID: String, authorization: String?) async throws -> RoutesResponse {
            let key = try PrivateKey.generate(.es256)
            let body = AddKeyRequest(
                requestID: try SecureRandom.identifier(), update: try await update(), keyType: .proofOfPossession,
                key: JWK(keyID: keyID, publicKey: key.publicKey))
            var headers: HTTPFields = [.contentType: "application/json"]
            headers[.authorization] = authorization
            return try await browser.send(
                path, .post, headers: headers, body: ByteBuffer(bytes: try JSON.encode(body)))
        }

        func code() async throws -> String { "OTDT " + (try await verifier.services.codes.issue(username: "alice")) }

        func keyIDs() async throws -> [String] {
            let response = try await browser.send(
                path, .get, headers: [.authorization: "SSWS \(try await update())"], body: nil)
            #expect(response.status == .ok)
            return try JSON.decode(EnrolledKeyList.self, from: Array(response.body.readableBytesView)).keys.map(\.id)
        }
    }

    private func run(_ test: @escaping @Sendable (Setting) async throws -> Void) async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            try await test(Setting(verifier: verifier, agent: agent, browser: TestBrowser(client)))
        }
    }

    @Test(arguments: ["spare", "a/b?c#d%25+~"])
    func keysAreAddedListedAndRemoved(_ keyID: String) async throws {
        try await run { setting in
            let added = try await setting.add(keyID, authorization: try await setting.code())
            #expect(added.status == .ok)
            #expect(try added.json()["id"] as? String == keyID)
            #expect(try await setting.keyIDs() == ["pop", keyID])
            let escaped = try #require(keyID.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let removed = try await setting.browser.send(
                setting.path + "/" + escaped, .delete, headers: [.authorization: "SSWS \(try await setting.update())"],
                body: nil)
            #expect(removed.status == .noContent)
            #expect(try await setting.keyIDs() == ["pop"])
        }
    }

    @Test func theDevicesTokenIsNoAuthorityOfThePerson() async throws {
        try await run { setting in
            let headers = [nil, "Bearer x", "SSWS \(try await setting.update())", "OTDT WRONG-CODE", "Basic YTpi"]
            for header in headers {
                #expect(try await setting.add("spare", authorization: header).status == .unauthorized)
            }
            #expect(try await setting.keyIDs() == ["pop"])
        }
    }

    @Test func listingAndRemovingNeedTheDevicesToken() async throws {
        try await run { setting in
            let code = try await setting.code()
            for header in [nil, "SSWS", "SSWS junk", "Bearer \(try await setting.update())", code] {
                for (method, path) in [(HTTPRequest.Method.get, setting.path), (.delete, setting.path + "/pop")] {
                    var headers = HTTPFields()
                    headers[.authorization] = header
                    let response = try await setting.browser.send(path, method, headers: headers, body: nil)
                    #expect(response.status == .unauthorized)
                }
            }
        }
    }

    @Test func refusalsHaveTheirCodes() async throws {
        try await run { setting in
            func delete(_ keyID: String) async throws -> RoutesResponse {
                try await setting.browser.send(
                    setting.path + "/" + keyID, .delete,
                    headers: [.authorization: "SSWS \(try await setting.update())"], body: nil)
            }
            for (keyID, status, code) in [
                ("pop", 400, "E0000001"), ("none", 404, "E0000007"), ("%zz", 404, "E0000007"),
            ] {
                let response = try await delete(keyID)
                #expect(response.status.code == status)
                #expect(try response.json()["errorCode"] as? String == code)
            }
            let body = try await setting.browser.send(
                setting.path, .post,
                headers: [.authorization: try await setting.code(), .contentType: "application/json"],
                body: ByteBuffer(string: #"{"requestId":"x"}"#))
            #expect(body.status == .badRequest)
            #expect(try body.json()["errorCode"] as? String == "E0000003")
        }
    }
}
