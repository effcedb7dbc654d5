// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import VerifierServer

@Suite struct DiscoveryTests {
    @Test func documentSaysWhatIsThere() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            let document = try await browser.get("/.well-known/openid-configuration").json()
            #expect(document["issuer"] as? String == "http://localhost:8800")
            for name in [
                "token_endpoint", "userinfo_endpoint", "jwks_uri", "authorization_endpoint", "end_session_endpoint",
            ] {
                let url = try #require(document[name] as? String)
                let path = String(url.dropFirst("http://localhost:8800".count))
                #expect(try await browser.get(path).status != .notFound || name == "token_endpoint")
            }
            #expect(document["response_types_supported"] as? [String] == ["code"])
            #expect((document["id_token_signing_alg_values_supported"] as? [String])?.contains("RS256") == true)
            #expect(document["code_challenge_methods_supported"] as? [String] == ["S256"])
            #expect(document["authorization_response_iss_parameter_supported"] as? Bool == true)
            #expect(document["request_parameter_supported"] as? Bool == false)
            #expect(document["acr_values_supported"] as? [String] == ["phr", "phrh"])
            #expect(document["ui_locales_supported"] as? [String] == ["en", "de"])
            #expect(
                document["token_endpoint_auth_methods_supported"] as? [String]
                    == ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])
        }
    }

    @Test func replacedKeysAreStillTold() async throws {
        try await TestVerifier.run { verifier, client in
            let browser = TestBrowser(client)
            func identifiers() async throws -> Set<String> {
                let keys = try await browser.get("/oauth2/v1/keys").json()["keys"] as? [[String: Any]]
                return Set((keys ?? []).compactMap { $0["kid"] as? String })
            }
            let before = try await identifiers()
            #expect(before.count == 2)
            try await verifier.services.tokenKeys.rotate()
            #expect(try await identifiers().isStrictSuperset(of: before))
        }
    }

    @Test func userInfoWithoutATokenSaysHow() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            let missing = try await browser.get("/oauth2/v1/userinfo")
            #expect(missing.status == .unauthorized)
            #expect(missing.headers[.wwwAuthenticate] == #"Bearer realm="userinfo""#)
            let wrong = try await browser.get("/oauth2/v1/userinfo", headers: [.authorization: "Bearer wrong"])
            #expect(wrong.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
            let posted = try await browser.post("/oauth2/v1/userinfo", form: [("access_token", "x")])
            #expect(posted.status == .unauthorized)
        }
    }
}
