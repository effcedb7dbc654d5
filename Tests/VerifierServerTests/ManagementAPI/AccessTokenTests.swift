// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import HTTPTypes
import Testing
import WireProtocol

@testable import VerifierServer

/// What an OAuth access token opens of the management API, and for how long.
@Suite struct AccessTokenTests {
    @Test func aTokenDoesWhatItsScopesSayAlone() async throws {
        try await AdministratorsApp.run { app in
            let asker = app.asker(try await app.accessToken("okta.users.read"))
            #expect(try await asker.get("/users").status == 200)
            let refused = try await asker.makeUser("newcomer")
            #expect(refused.status == 403)
            #expect(refused.code == "E0000006")
            let challenge = refused.headers[.wwwAuthenticate] ?? ""
            #expect(challenge.contains(#"error="insufficient_scope""#))
            #expect(challenge.contains(#"scope="okta.users.manage""#))
            for path in ["/groups", "/logs", "/devices", "/policies?type=ACCESS_POLICY", "/zones"] {
                #expect(try await asker.get(path).status == 403, "\(path)")
            }
            #expect(try app.verifier.audit.events(.apiTokenRefuse).first?.actor.alternateId == "alice")
        }
    }

    @Test func whatATokenOpensIsNoMoreThanItsPersonMayDoNow() async throws {
        try await AdministratorsApp.run { app in
            let asker = app.asker(try await app.accessToken("okta.users.manage okta.logs.read"))
            #expect(try await asker.makeUser("first").status == 200)
            try await app.verifier.services.administrators.set(
                username: "alice", scopes: [APIScope(.users, isManage: false)])
            #expect(try await asker.makeUser("second").status == 403)
            #expect(try await asker.get("/users").status == 200)
            #expect(try await asker.get("/logs").status == 403)
        }
    }

    @Test func whatATokenOpensIsNoMoreThanItsAppMayAskFor() async throws {
        try await AdministratorsApp.run { app in
            // As after a change of the configuration: the token was made when the app could ask for more.
            let token = try SecretToken()
            let known = try await app.accessToken("okta.users.read")
            try await app.verifier.services.store.write { writer in
                let id = try #require(SecretToken.hash(of: known))
                let record = try #require(try writer.record(AccessTokenRecord.self, id: id))
                try writer.insert(
                    AccessTokenRecord(
                        id: token.hash, clientID: "console", identity: record.identity,
                        scopes: ["okta.groups.manage"], issuedAt: record.issuedAt, endsAt: record.endsAt))
                try writer.insert(
                    ServiceTokenRecord(
                        id: SecretToken.hash(of: String(repeating: "s", count: 43)) ?? "", clientID: "robot",
                        scopes: [APIScope(.logs, isManage: false), APIScope(.users, isManage: false)],
                        endsAt: record.endsAt))
            }
            #expect(try await app.asker(token.text).get("/groups").status == 200)
            #expect(try await app.asker(token.text).makeGroup("staff").status == 403)
            let service = app.asker(String(repeating: "s", count: 43))
            #expect(try await service.get("/logs").status == 200)
            #expect(try await service.get("/users").status == 403)
        }
    }

    @Test func whoLostTheRoleLosesAccessAtOnceAndForGood() async throws {
        try await AdministratorsApp.run { app in
            let asker = app.asker(try await app.accessToken("okta.users.read"))
            #expect(try await asker.get("/users").status == 200)
            let administrators = app.verifier.services.administrators
            try await administrators.remove(username: "alice")
            let refused = try await asker.get("/users")
            #expect((refused.status, refused.code ?? "") == (401, "E0000011"))
            #expect(refused.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
            try await administrators.set(username: "alice", scopes: APIScope.forAccessTokens)
            #expect(try await asker.get("/users").status == 401)
            #expect(try app.verifier.audit.events(.privilegeRevoke).last?.target.first?.alternateId == "alice")
        }
    }

    @Test func theSignInToAnAppOutlivesTheRole() async throws {
        try await AdministratorsApp.run { app in
            let plain = try await app.accessToken("openid")
            try await app.verifier.services.administrators.remove(username: "alice")
            let answer = try await TestBrowser(app.client).get(
                "/oauth2/v1/userinfo", headers: [.authorization: "Bearer \(plain)"])
            #expect(answer.status == .ok)
        }
    }

    @Test func aTokenRestsOnItsPersonAndDevice() async throws {
        try await AdministratorsApp.run { app in
            let asker = app.asker(try await app.accessToken("okta.users.read"))
            try await app.verifier.services.store.write { writer in
                let device = try #require(try writer.all(DeviceRecord.self).first)
                var suspended = device
                suspended.status = .suspended
                try writer.save(suspended)
            }
            #expect(try await asker.get("/users").status == 401)
        }
    }

    @Test func aTokenCountsForAnHour() async throws {
        try await AdministratorsApp.run { app in
            let asker = app.asker(try await app.accessToken("okta.users.read"))
            let service = app.asker(
                try #require(
                    try await app.service(scope: "okta.groups.manage").json()["access_token"] as? String))
            app.verifier.clock.advance(3599)
            #expect(try await asker.get("/users").status == 200)
            #expect(try await service.get("/groups").status == 200)
            app.verifier.clock.advance(1)
            #expect(try await asker.get("/users").status == 401)
            #expect(try await service.get("/groups").status == 401)
        }
    }

    @Test func whatSignsInAloneOpensNothing() async throws {
        try await AdministratorsApp.run { app in
            let refused = try await app.asker(try await app.accessToken("openid profile")).get("/users")
            // It is none of this interface, and spends nothing of what its person may do there.
            #expect((refused.status, refused.code ?? "") == (401, "E0000011"))
        }
    }

    @Test(arguments: ["Bearer TOKEN", "bearer TOKEN", "BearerTOKEN"])
    func aTokenIsFoundAlsoAsOktasClientSendsIt(header: String) async throws {
        try await AdministratorsApp.run { app in
            let administrator = Administrator(verifier: app.verifier, client: app.client, token: "")
            let text = header.replacing("TOKEN", with: try await app.accessToken("okta.users.read"))
            #expect(try await administrator.get("/users", headers: [.authorization: text]).status == 200)
            #expect(try await administrator.get("/users", headers: [.authorization: "\(text) x"]).status == 401)
        }
    }

    @Test func withoutATokenTheAnswerSaysWhereOneIsToBeHad() async throws {
        try await AdministratorsApp.run { app in
            let administrator = Administrator(verifier: app.verifier, client: app.client, token: "x")
            for header in ["SSWS x", "Bearer x", "Bearer \(String(repeating: "x", count: 43))", ""] {
                let refused = try await administrator.get("/users", headers: [.authorization: header])
                #expect(refused.status == 401)
                let challenge = refused.headers[.wwwAuthenticate] ?? ""
                #expect(challenge.hasPrefix(#"Bearer realm="http://localhost:8800", authorization_uri="http"#))
                #expect(challenge.contains(#"scope="okta.users.read""#))
                #expect(challenge.contains("invalid_token") == header.hasPrefix("Bearer"), "\(header)")
            }
        }
    }

    @Test func directoriesAreNotOpenedByAccessTokens() async throws {
        try await AdministratorsApp.run { app in
            let token = try await app.accessToken("okta.users.manage")
            let refused = try await app.client.execute(
                uri: "/scim/v2/Users", method: .get, headers: [.authorization: "Bearer \(token)"])
            #expect(refused.status == .unauthorized)
        }
    }

    // MARK: - Apps on their own behalf

    @Test func anAppGetsATokenForItself() async throws {
        try await AdministratorsApp.run(alice: []) { app in
            let grant = try await app.service(scope: "okta.groups.manage")
            #expect(grant.status == .ok)
            #expect(grant.headers[.cacheControl] == "no-store")
            let body = try grant.json()
            #expect(body["scope"] as? String == "okta.groups.manage")
            #expect(body["expires_in"] as? Int == 3600)
            let asker = app.asker(try #require(body["access_token"] as? String))
            #expect(try await asker.makeGroup("staff").status == 200)
            #expect(try await asker.get("/logs").status == 403)
            #expect(try app.verifier.audit.events(.groupCreate).last?.actor.id == "robot")
            let info = try await TestBrowser(app.client).get(
                "/oauth2/v1/userinfo",
                headers: [.authorization: "Bearer \(body["access_token"] as? String ?? "")"])
            #expect(info.status == .unauthorized)
        }
    }

    @Test(arguments: [nil, "", "okta.users.read", "okta.groups.manage okta.users.read", "openid", "okta.logs.manage"])
    func anAppGetsNoOtherScope(scope: String?) async throws {
        try await AdministratorsApp.run { app in
            let refused = try await app.service(scope: scope)
            #expect(refused.status == .badRequest)
            #expect(try refused.json()["error"] as? String == "invalid_scope")
        }
    }

    @Test func anAppThatIsNotSetUpForItGetsNoTokenForItself() async throws {
        try await AdministratorsApp.run { app in
            let refused = try await app.service("signer", scope: "okta.groups.manage")
            #expect(try refused.json()["error"] as? String == "unauthorized_client")
            let withSecret = try await exchange(
                "", app.client,
                changes: ["grant_type": "client_credentials", "scope": "okta.users.read"],
                authorization: "Basic " + Data("desk:\(TestVerifier.secret)".utf8).base64EncodedString())
            #expect(try withSecret.json()["error"] as? String == "unauthorized_client")
        }
    }
}
