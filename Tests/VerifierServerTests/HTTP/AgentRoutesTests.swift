// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import Testing
import VerifierServer
import WireProtocol

@Suite struct AgentRoutesTests {
    @Test func organizationAndConfigurationAreTold() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            #expect(try await browser.get("/.well-known/okta-organization").json()["id"] as? String == "00oTest")
            let known = try await browser.get(
                "/.well-known/app-authenticator-configuration?oauthClientId=countersign-agent")
            #expect(
                try JSON.decode([AuthenticatorConfiguration].self, from: Array(known.body.readableBytesView)).count == 1
            )
            #expect(
                try await browser.get("/.well-known/app-authenticator-configuration?oauthClientId=x").status
                    == .notFound)
            #expect(try await browser.get("/.well-known/countersign-keysets?after=0").status == .ok)
            #expect(try await browser.get("/.well-known/countersign-keysets?after=x").status == .badRequest)
            #expect(try await browser.get("/.well-known/countersign-keysets?after=-1").status == .badRequest)
        }
    }

    @Test(arguments: [nil, "Bearer", "Bearer x", "OTDT ", "OTDT WRONG-CODE", "Basic YTpi", "SSWS x"] as [String?])
    func enrolmentNeedsAuthority(header: String?) async throws {
        try await TestVerifier.run { _, client in
            var headers: HTTPFields = [.contentType: "application/json"]
            headers[.authorization] = header
            let response = try await TestBrowser(client).send(
                "/idp/myaccount/app-authenticators", .post, headers: headers, body: ByteBuffer(string: "{}"))
            #expect([.unauthorized, .badRequest].contains(response.status))
            #expect(try response.json()["errorCode"] is String)
            // These two are judged together with the body.
            if header != "OTDT WRONG-CODE", header != "SSWS x" { #expect(response.status == .unauthorized) }
        }
    }

    @Test func enrolmentIsFoundAgainByItsOwnSignatureAlone() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            func finish(_ requestID: String, _ request: EnrollmentRequest) async throws -> HTTPResponse.Status {
                let claims = EnrollmentUpdateClaims(
                    enrollmentID: requestID, audience: "http://localhost:8800", userID: "",
                    issuedAt: verifier.clock.now, tokenID: "t1")
                let token = try await agent.possession.compactJWS(claims, type: TokenType.enrollmentUpdate)
                return try await TestBrowser(client).send(
                    "/idp/myaccount/app-authenticators", .post,
                    headers: [.authorization: "SSWS \(token)", .contentType: "application/json"],
                    body: ByteBuffer(bytes: try JSON.encode(request))
                ).status
            }
            var other = agent.request
            other.requestID = "another-request-id"
            #expect(try await finish(agent.request.requestID, agent.request) == .ok)
            #expect(try await finish(other.requestID, other) == .notFound)
            #expect(try await finish(agent.request.requestID, other) == .unauthorized)
        }
    }

    @Test func enrolmentIsDeletedByItsOwnSignature() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let path = "/idp/myaccount/app-authenticators/" + agent.enrollment.id
            let browser = TestBrowser(client)
            #expect(try await browser.send(path, .delete, headers: [:], body: nil).status == .unauthorized)
            let claims = EnrollmentUpdateClaims(
                enrollmentID: agent.enrollment.id, audience: "http://localhost:8800", userID: agent.enrollment.user.id,
                issuedAt: verifier.clock.now, tokenID: "t1")
            let token = try await agent.instance.compactJWS(claims, type: TokenType.enrollmentUpdate)
            let response = try await browser.send(path, .delete, headers: [.authorization: "SSWS \(token)"], body: nil)
            #expect(response.status == .noContent)
        }
    }

    @Test func answerMustBeJSONForTheRightAuthenticator() async throws {
        try await TestVerifier.run { verifier, client in
            let base = "/idp/authenticators/\(verifier.services.settings.authenticatorID)/transactions/ftx/verify"
            let browser = TestBrowser(client)
            let json: HTTPFields = [.contentType: "application/json; charset=utf-8"]
            func post(_ path: String, _ body: String, _ headers: HTTPFields) async throws -> HTTPResponse.Status {
                try await browser.send(path, .post, headers: headers, body: ByteBuffer(string: body)).status
            }
            let body = #"{"method":"signed_nonce","challengeResponse":"a.b.c"}"#
            #expect(try await post(base, body, [.contentType: "text/plain"]) == .unsupportedMediaType)
            #expect(try await post(base, "not JSON", json) == .badRequest)
            #expect(try await post(base, #"{"method":"push","challengeResponse":"a.b.c"}"#, json) == .badRequest)
            #expect(try await post(base.replacingOccurrences(of: "/aut", with: "/xut"), body, json) == .notFound)
            let status = try await post(base, body, json)
            #expect((400...499).contains(status.code))
        }
    }

    @Test func genuineResponseElsewhereIsNotAccepted() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let challenge = try await browser.challenge()
            let pushed = try await agent.answer(challenge, at: client, method: "push")
            #expect(pushed.status == .badRequest)
            let elsewhere = try await agent.answer(challenge, at: client, authenticator: "autOther")
            #expect(elsewhere.status == .notFound)
            #expect(try await browser.ask("authenticators/poll").json()["state"] as? String == "challenge")
            #expect(try await agent.answer(challenge, at: client).status == .ok)
        }
    }

    @Test func responseIsAcceptedOnce() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let challenge = try await browser.challenge()
            #expect(try await agent.answer(challenge, at: client).text == "{}")
            let second = try await agent.answer(challenge, at: client)
            #expect((400...499).contains(second.status.code))
        }
    }
}
