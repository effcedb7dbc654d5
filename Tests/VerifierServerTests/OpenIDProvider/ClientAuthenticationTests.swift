// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import HTTPTypes
import Testing
import VerifierServer
import WireProtocol

@Suite struct ClientAuthenticationTests {
    private static func basic(_ id: String, _ secret: String) -> String {
        "Basic " + Data("\(id):\(secret)".utf8).base64EncodedString()
    }

    /// What a token request that is right but for its code is answered with tells how far it came.
    private func error(
        _ changes: [String: String?] = [:], authorization: String?
    ) async throws -> (HTTPResponse.Status, String, String?) {
        let test = try await TestVerifier()
        let response = try await exchange("no-such-code", test.routes, changes: changes, authorization: authorization)
        return (response.status, try response.json()["error"] as? String ?? "", response.headers[.wwwAuthenticate])
    }

    private static let rightSecrets: [(String, String)] = [
        ("app", TestVerifier.secret), ("app", FormParameters.encode(TestVerifier.secret)),
        ("a%70p", TestVerifier.secret),
    ]

    @Test(arguments: rightSecrets)
    func secretInTheHeaderIsAccepted(id: String, secret: String) async throws {
        let (_, error, _) = try await error(authorization: Self.basic(id, secret))
        #expect(error == "invalid_grant")
    }

    private static let wrongHeaders: [String] = [
        basic("app", "wrong"), basic("app", ""), basic("nobody", TestVerifier.secret),
        basic("poster", TestVerifier.secret),
        basic("spa", ""), basic("signer", ""), "Basic !!!", "Basic", "Bearer x",
        "Basic " + Data("app".utf8).base64EncodedString(),
    ]

    @Test(arguments: wrongHeaders)
    func anythingElseInTheHeaderIsRefused(header: String) async throws {
        let (status, error, challenge) = try await error(authorization: header)
        #expect(status == .unauthorized)
        #expect(error == "invalid_client")
        #expect(challenge?.hasPrefix("Basic") == true)
    }

    @Test func secretInTheFormIsForThoseRegisteredForIt() async throws {
        let good: [String: String?] = ["client_id": "poster", "client_secret": TestVerifier.secret]
        #expect(try await error(good, authorization: nil).1 == "invalid_grant")
        var wrong = good
        wrong["client_secret"] = "wrong"
        #expect(try await error(wrong, authorization: nil).1 == "invalid_client")
        var other = good
        other["client_id"] = "app"
        #expect(try await error(other, authorization: nil).1 == "invalid_client")
    }

    @Test(arguments: ["app", "poster", "signer", "nobody"])
    func idAloneIsNotEnough(id: String) async throws {
        let (status, error, challenge) = try await error(["client_id": id], authorization: nil)
        #expect(status == .unauthorized)
        #expect(error == "invalid_client")
        #expect(challenge == nil)
    }

    @Test func twoWaysAtOnceAreRefused() async throws {
        let both: [String: String?] = ["client_id": "app", "client_secret": TestVerifier.secret]
        #expect(try await error(both, authorization: Self.basic("app", TestVerifier.secret)).1 == "invalid_request")
    }

    // MARK: - private_key_jwt

    struct Assertion: Encodable, Sendable {
        var iss: String? = "signer"
        var sub: String? = "signer"
        var aud = "http://localhost:8800/oauth2/v1/token"
        var exp: Int64 = 1_800_000_060
        var nbf: Int64?
        var iat: Int64?
        var jti: String? = UUID().uuidString
    }

    private static func form(_ assertion: Assertion, by signer: InMemorySigner = TestVerifier.clientKey) async throws
        -> [String: String?]
    {
        [
            "client_assertion_type": ClientAuthenticator.assertionType,
            "client_assertion": try await signer.compactJWS(assertion, type: "JWT"),
        ]
    }

    @Test(arguments: ["http://localhost:8800", "http://localhost:8800/oauth2/v1/token"])
    func signedAssertionIsAccepted(audience: String) async throws {
        #expect(try await error(try await Self.form(Assertion(aud: audience)), authorization: nil).1 == "invalid_grant")
    }

    private static let wrongAssertions: [Assertion] = [
        Assertion(iss: "app"), Assertion(sub: "app"), Assertion(iss: "app", sub: "app"), Assertion(iss: nil),
        Assertion(aud: "https://elsewhere.example"), Assertion(exp: 1_799_999_939), Assertion(exp: 1_800_003_601),
        Assertion(nbf: 1_800_000_061), Assertion(iat: 1_800_000_061), Assertion(jti: nil), Assertion(jti: ""),
        Assertion(jti: String(repeating: "j", count: 257)),
    ]

    @Test(arguments: wrongAssertions)
    func assertionThatSaysAnythingElseIsRefused(assertion: Assertion) async throws {
        #expect(try await error(try await Self.form(assertion), authorization: nil).1 == "invalid_client")
    }

    @Test func clientOfTheFormIsTheOneThatAuthenticates() async throws {
        let header = Self.basic("app", TestVerifier.secret)
        #expect(try await error(["client_id": "app"], authorization: header).1 == "invalid_grant")
        #expect(try await error(["client_id": "open"], authorization: header).1 == "invalid_request")
        var form = try await Self.form(Assertion())
        form["client_id"] = "app"
        #expect(try await error(form, authorization: nil).1 == "invalid_request")
    }

    @Test func assertionOfAnotherTypeIsRefused() async throws {
        var form = try await Self.form(Assertion())
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
        #expect(try await error(form, authorization: nil).1 == "invalid_request")
    }

    @Test func assertionOfAnotherKeyIsRefused() async throws {
        let other = InMemorySigner(keyID: "client-key", key: try .generate(.es256))
        #expect(try await error(try await Self.form(Assertion(), by: other), authorization: nil).1 == "invalid_client")
    }

    @Test func assertionIsUsedOnce() async throws {
        let form = try await Self.form(Assertion())
        try await TestVerifier.run { _, client in
            let first = try await exchange("no-such-code", client, changes: form, authorization: nil)
            #expect(try first.json()["error"] as? String == "invalid_grant")
            let second = try await exchange("no-such-code", client, changes: form, authorization: nil)
            #expect(try second.json()["error"] as? String == "invalid_client")
        }
    }

    // MARK: - The rest of the request

    private static let wrongGrants: [([String: String?], String)] = [
        (["grant_type": nil], "invalid_request"), (["grant_type": "password"], "unsupported_grant_type"),
        (["grant_type": "refresh_token"], "unsupported_grant_type"), (["code": nil], "invalid_request"),
        (["redirect_uri": nil], "invalid_request"),
    ]

    @Test(arguments: wrongGrants)
    func grantThatIsNotACodesIsRefused(changes: [String: String?], expected: String) async throws {
        let (status, error, _) = try await error(changes, authorization: Self.basic("app", TestVerifier.secret))
        #expect(status == .badRequest)
        #expect(error == expected)
    }

    @Test func repeatedParameterIsRefused() async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).post(
                "/oauth2/v1/token", form: [("grant_type", "authorization_code"), ("code", "a"), ("code", "b")])
            #expect(try response.json()["error"] as? String == "invalid_request")
        }
    }

    @Test func secretIsNeverPrinted() {
        let secret = ClientSecret(TestVerifier.secret)
        #expect("\(secret)" == "(secret)")
        #expect(!String(reflecting: RegisteredClient.agent).contains(TestVerifier.secret))
    }
}
