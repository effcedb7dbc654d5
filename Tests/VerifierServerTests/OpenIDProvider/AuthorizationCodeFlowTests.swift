// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import HTTPTypes
import NIOCore
import Testing
import VerifierServer
import WireProtocol

/// Exchanges a code; `app` authenticates by the Authorization header.
func exchange(
    _ code: String, _ client: RoutesClient, changes: [String: String?] = [:],
    authorization: String? = "Basic " + Data("app:\(TestVerifier.secret)".utf8).base64EncodedString()
) async throws -> RoutesResponse {
    var form: [String: String?] = [
        "grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.example/callback",
    ]
    for (name, value) in changes { form[name] = value }
    var headers: HTTPFields = [:]
    headers[.authorization] = authorization
    return try await TestBrowser(client).post(
        "/oauth2/v1/token", form: form.compactMap { name, value in value.map { (name, $0) } }, headers: headers)
}

/// The claims of an ID token, checked under the provider's published keys.
func verifiedIDToken(_ token: String, _ client: RoutesClient) async throws -> (JWSHeader, [String: Any]) {
    let keys = try await client.execute(uri: "/oauth2/v1/keys", method: .get)
    let set = try JSON.decode(JWKSet.self, from: Array(keys.body.readableBytesView))
    let jws = try UnverifiedJWS(token)
    let keyID = try #require(jws.header.keyID)
    try jws.verify(type: "JWT", with: try #require(set.key(named: keyID)))
    return (jws.header, try #require(try JSONSerialization.jsonObject(with: Data(jws.payload)) as? [String: Any]))
}

@Suite struct AuthorizationCodeFlowTests {
    @Test func personSignsInWithTheirDevice() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let callback = try await TestBrowser(client).signIn(request(), as: agent)
            #expect(callback["state"] == "st&te")
            #expect(callback["iss"] == "http://localhost:8800")
            let response = try await exchange(try #require(callback["code"]), client)
            #expect(response.status == .ok)
            #expect(response.headers[.cacheControl] == "no-store")
            let grant = try response.json()
            #expect(grant["token_type"] as? String == "Bearer")
            let accessToken = try #require(grant["access_token"] as? String)
            let (header, claims) = try await verifiedIDToken(try #require(grant["id_token"] as? String), client)
            #expect(header.algorithm == .plain(.rs256))
            #expect(claims["iss"] as? String == "http://localhost:8800")
            #expect(claims["aud"] as? String == "app")
            #expect(claims["azp"] as? String == "app")
            #expect(claims["sub"] as? String == agent.enrollment.user.id)
            #expect(claims["nonce"] as? String == "n0nce")
            #expect(claims["acr"] as? String == "phr")
            #expect((claims["amr"] as? [String])?.isEmpty == false)
            #expect(claims["auth_time"] as? Int64 == verifier.clock.now)
            #expect(claims["sid"] is String)
            #expect(claims["preferred_username"] as? String == "alice")
            let hash = SHA256.hash(Array(accessToken.utf8)).prefix(16)
            #expect(claims["at_hash"] as? String == Base64URL.encode(hash))

            let info = try await TestBrowser(client).get(
                "/oauth2/v1/userinfo", headers: [.authorization: "Bearer \(accessToken)"])
            #expect(try info.json()["sub"] as? String == agent.enrollment.user.id)
            #expect(try info.json()["preferred_username"] as? String == "alice")
            #expect(try info.json()["name"] as? String == "Alice Example")
        }
    }

    @Test func clientThatAsksForES256GetsIt() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let uri = "https://poster.example/callback"
            let callback = try await TestBrowser(client).signIn(
                request(["client_id": "poster", "redirect_uri": uri]), as: agent)
            let response = try await exchange(
                try #require(callback["code"]), client,
                changes: ["redirect_uri": uri, "client_id": "poster", "client_secret": TestVerifier.secret],
                authorization: nil)
            let (header, _) = try await verifiedIDToken(
                try #require(try response.json()["id_token"] as? String), client)
            #expect(header.algorithm == .plain(.es256))
        }
    }

    @Test func publicClientSignsInWithPKCE() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let uri = "https://spa.example/callback"
            let verifierText = String(repeating: "v", count: 43)
            let asked = request([
                "client_id": "spa", "redirect_uri": uri, "code_challenge": SHA256.base64URL(of: verifierText),
                "code_challenge_method": "S256",
            ])
            let callback = try await TestBrowser(client).signIn(asked, as: agent)
            let code = try #require(callback["code"])
            let changes: [String: String?] = ["redirect_uri": uri, "client_id": "spa"]
            let without = try await exchange(code, client, changes: changes, authorization: nil)
            #expect(try without.json()["error"] as? String == "invalid_grant")
            var wrong = changes
            wrong["code_verifier"] = String(repeating: "w", count: 43)
            #expect(try await exchange(code, client, changes: wrong, authorization: nil).status == .badRequest)
            var right = changes
            right["code_verifier"] = verifierText
            #expect(try await exchange(code, client, changes: right, authorization: nil).status == .ok)
        }
    }

    @Test func verifierWithoutChallengeIsRefused() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let callback = try await TestBrowser(client).signIn(request(), as: agent)
            let response = try await exchange(
                try #require(callback["code"]), client, changes: ["code_verifier": String(repeating: "v", count: 43)])
            #expect(try response.json()["error"] as? String == "invalid_grant")
        }
    }

    @Test func secondUseOfACodeRevokesWhatTheFirstGave() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let callback = try await TestBrowser(client).signIn(request(), as: agent)
            let code = try #require(callback["code"])
            let token = try #require(try await exchange(code, client).json()["access_token"] as? String)
            let bearer: HTTPFields = [.authorization: "Bearer \(token)"]
            #expect(try await TestBrowser(client).get("/oauth2/v1/userinfo", headers: bearer).status == .ok)
            #expect(try await exchange(code, client).json()["error"] as? String == "invalid_grant")
            #expect(try await TestBrowser(client).get("/oauth2/v1/userinfo", headers: bearer).status == .unauthorized)
        }
    }

    @Test func oneOfManyConcurrentExchangesSucceeds() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let code = try #require(try await TestBrowser(client).signIn(request(), as: agent)["code"])
            let statuses = try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { try await exchange(code, client).status } }
                return try await group.reduce(into: [HTTPResponse.Status]()) { $0.append($1) }
            }
            #expect(statuses.count { $0 == .ok } == 1)
        }
    }

    @Test func codeIsGoneAfterAMinute() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let code = try #require(try await TestBrowser(client).signIn(request(), as: agent)["code"])
            verifier.clock.advance(60)
            #expect(try await exchange(code, client).json()["error"] as? String == "invalid_grant")
        }
    }

    @Test func codeBelongsToItsClientAndRedirectURI() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let code = try #require(try await TestBrowser(client).signIn(request(), as: agent)["code"])
            let other = try await exchange(
                code, client, changes: ["client_id": "poster", "client_secret": TestVerifier.secret], authorization: nil
            )
            #expect(try other.json()["error"] as? String == "invalid_grant")
            let elsewhere = try await exchange(code, client, changes: ["redirect_uri": "https://app.example/other?x=1"])
            #expect(try elsewhere.json()["error"] as? String == "invalid_grant")
            #expect(try await exchange(code, client).status == .ok)
        }
    }

    @Test func suspendedPersonGetsNoTokens() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let code = try #require(try await TestBrowser(client).signIn(request(), as: agent)["code"])
            _ = try await verifier.services.users.suspend(username: "alice")
            #expect(try await exchange(code, client).json()["error"] as? String == "invalid_grant")
        }
    }

    @Test func signOutBeforeTheExchangeEndsTheCode() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            let code = try #require(try await browser.signIn(request(), as: agent)["code"])
            try await verifier.services.sessions.end(token: try #require(browser.cookies["cs_session"]))
            #expect(try await exchange(code, client).json()["error"] as? String == "invalid_grant")
        }
    }

    @Test func continuationServesOnce() async throws {
        try await TestVerifier.run { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let cookie = try #require(browser.signIns.first)
            let handle = browser.cookies[cookie]
            let challenge = try await browser.challenge()
            #expect(try await agent.answer(challenge, at: client).status == .ok)
            #expect(try await browser.go("continue").status == .seeOther)
            browser.setCookie(cookie, handle)
            #expect(try await browser.go("continue").status == .badRequest)
        }
    }

    @Test func continuationBeforeTheEndOfASignInIsRefused() async throws {
        try await TestVerifier.run { verifier, client in
            _ = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            _ = try await browser.ask("identify", #"{"identifier":"alice"}"#)
            let response = try await browser.go("continue")
            #expect(response.status == .badRequest)
            #expect(response.headers[.location] == nil)
        }
    }

    @Test func personWhoGivesUpIsSentBackToTheApp() async throws {
        try await TestVerifier.run { verifier, client in
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            let callback = try await browser.go("cancel").callback()
            #expect(callback["error"] == "access_denied")
            #expect(callback["state"] == "st&te")
            #expect(browser.signIns.isEmpty)
        }
    }
}
