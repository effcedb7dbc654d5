// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct ManagementGateTests {
    @Test(
        arguments: [nil, "", "SSWS", "SSWS x", "Bearer TOKEN", "Basic YTpi", "SSWS TOKEN more", "SSWS TOKENx"]
            as [String?])
    func withoutATokenNothingIsTold(header: String?) async throws {
        try await Administrator.run { administrator in
            let text = header?.replacing("TOKEN", with: administrator.token) ?? " "
            let answer = try await administrator.get("/users", headers: [.authorization: text])
            #expect(answer.status == 401)
            #expect(answer.code == "E0000011")
            #expect(answer.value["errorId"]?.text?.hasPrefix("err") == true)
        }
    }

    @Test(arguments: ["SSWS TOKEN", "ssws TOKEN", "SSWSTOKEN", "SSWS  TOKEN"])
    func aTokenIsFoundAlsoAsOktasClientSendsIt(header: String) async throws {
        try await Administrator.run { administrator in
            let text = header.replacing("TOKEN", with: administrator.token)
            let answer = try await administrator.get("/users", headers: [.authorization: text])
            #expect(answer.status == 200)
        }
    }

    @Test func anotherSecretDoesNotCount() async throws {
        try await Administrator.run { administrator in
            let other = try await administrator.verifier.services.apiTokens.create(
                name: "other", scopes: APIScope.all, days: 1)
            let id = administrator.token.prefix { $0 != "." }
            let secret = other.text.drop { $0 != "." }
            #expect(try await administrator.with(token: "\(id)\(secret)").get("/users").status == 401)
            #expect(try await administrator.with(token: other.text).get("/users").status == 200)
        }
    }

    @Test func anExpiredTokenDoesNotCount() async throws {
        try await Administrator.run { administrator in
            administrator.verifier.clock.advance(86_399)
            let last = try await administrator.get("/users")
            #expect(last.status == 200)
            administrator.verifier.clock.advance(1)
            let late = try await administrator.get("/users")
            #expect(late.status == 401)
        }
    }

    @Test func aRevokedTokenDoesNotCount() async throws {
        try await Administrator.run { administrator in
            #expect(try await administrator.get("/users").status == 200)
            try await administrator.verifier.services.apiTokens.revoke("test")
            #expect(try await administrator.get("/users").status == 401)
        }
    }

    @Test func aTokenDoesWhatItsScopesSayAlone() async throws {
        let scopes = ["okta.users.read", "okta.groups.manage"].compactMap { APIScope($0) }
        try await Administrator.run(scopes: scopes) { administrator in
            #expect(try await administrator.get("/users").status == 200)
            #expect(try await administrator.get("/groups").status == 200)
            #expect(try await administrator.post("/groups", ["profile": ["name": "staff"]]).status == 200)
            let refused = try await administrator.post("/users", ["profile": ["login": "alice"]])
            #expect(refused.status == 403)
            #expect(refused.code == "E0000006")
            #expect(refused.causes == ["the token has no scope okta.users.manage"])
            for path in [
                "/devices", "/logs", "/device-assurances", "/device-posture-checks", "/policies?type=ACCESS_POLICY",
                "/zones",
            ] { #expect(try await administrator.get(path).status == 403, "\(path)") }
            #expect(try await administrator.post("/policies/simulate", ["appInstance": "x"]).status == 403)
            let events = try administrator.events(.apiTokenRefuse)
            #expect(events.count == 8)
            #expect(events.first?.actor.displayName == "test")
        }
    }

    @Test func refusedTokensAreToldWithoutTheToken() async throws {
        try await Administrator.run { administrator in
            _ = try await administrator.with(token: "secret-that-is-none").get("/users")
            let event = try #require(try administrator.events(.apiTokenRefuse).first)
            #expect(event.actor.id == "verifier")
            #expect(event.client?.ipAddress != nil)
            _ = try await administrator.get("/users")
            let secret = administrator.token.drop { $0 != "." }.dropFirst()
            #expect(!administrator.verifier.audit.lines.contains { $0.contains(secret) || $0.contains("that-is-none") })
        }
    }

    @Test func theRateIsToldAndKept() async throws {
        try await Administrator.run { administrator in
            let limit = administrator.verifier.services.settings.rateLimits.managementRequestsPerToken?.count ?? 0
            let first = try await administrator.get("/groups")
            #expect(first.headers[.rateLimit] == "\(limit)")
            #expect(first.headers[.rateLimitRemaining] == "\(limit - 1)")
            let reset = try #require(first.headers[.rateLimitReset].flatMap { Int64($0) })
            #expect(reset >= administrator.verifier.clock.now)
            for _ in 1..<limit { _ = try await administrator.get("/groups") }
            let refused = try await administrator.get("/groups")
            #expect(refused.status == 429)
            #expect(refused.code == "E0000047")
            #expect(refused.headers[.rateLimitRemaining] == "0")
            #expect(refused.headers[.retryAfter] != nil)
            let other = try await administrator.verifier.services.apiTokens.create(
                name: "other", scopes: APIScope.all, days: 1)
            #expect(try await administrator.with(token: other.text).get("/groups").status == 200)
        }
    }

    @Test func whoTriesTokensIsSlowedDown() async throws {
        try await Administrator.run { administrator in
            let limit = administrator.verifier.services.settings.rateLimits.refusedTokensPerAddress?.count ?? 0
            let guesser = administrator.with(token: "00T")
            for _ in 0..<limit {
                let refused = try await guesser.get("/users")
                #expect(refused.status == 401)
            }
            let slowed = try await guesser.get("/users")
            #expect(slowed.status == 429)
        }
    }

    @Test func aBodyIsBounded() async throws {
        try await Administrator.run { administrator in
            let long = [UInt8](repeating: 0x20, count: RequestReader.maximumBody) + Array("{}".utf8)
            let answer = try await administrator.send(.post, "/users", long)
            #expect(answer.status == 413)
            #expect(answer.code == "E0000003")
        }
    }

    @Test(arguments: ["", "[]", "1", "{", "{\"profile\"", "\u{0}", "{}x"])
    func whatIsNoObjectIsRefused(_ body: String) async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.send(.post, "/users", Array(body.utf8))
            #expect(answer.status == 400)
            #expect(answer.code == "E0000003")
        }
    }

    @Test func aBodyIsNotNestedDeep() async throws {
        try await Administrator.run { administrator in
            func nested(_ depth: Int) -> [UInt8] {
                let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                return Array(#"{"profile":{"login":"alice"},"x":\#(value)}"#.utf8)
            }
            #expect(try await administrator.send(.post, "/users", nested(31)).status == 200)
            let refused = try await administrator.send(.post, "/users", nested(32))
            #expect((refused.status, refused.code ?? "") == (400, "E0000003"))
        }
    }

    @Test func aBodyOfAnotherTypeIsRefused() async throws {
        try await Administrator.run { administrator in
            let answer = try await administrator.send(
                .post, "/users", Array("{}".utf8), headers: [.contentType: "text/plain"])
            #expect(answer.status == 415)
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await Administrator.run { administrator in
            for path in [
                "/users/nobody", "/groups/none", "/devices/none", "/device-assurances/none",
                "/device-posture-checks/none", "/policies/none", "/policies/none/rules", "/zones/none",
                "/users/%00%0A", "/users/none/groups",
            ] {
                let answer = try await administrator.get(path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.code == "E0000007", "\(path)")
            }
            let answer = try await administrator.get("/groups/none")
            #expect(answer.value["errorSummary"] == "Not found: Resource not found: none (UserGroup)")
        }
    }

    @Test func theSameRequestAgainIsAnsweredAlike() async throws {
        try await Administrator.run { administrator in
            let key: HTTPFields = [.idempotencyKey: "one"]
            let first = try await administrator.post("/groups", ["profile": ["name": "staff"]], headers: key)
            let again = try await administrator.post("/groups", ["profile": ["name": "staff"]], headers: key)
            #expect(first.status == 200)
            #expect((again.status, again.value, again.tag) == (200, first.value, first.tag))
            #expect(try administrator.events(.groupCreate).count == 1)
            let changed = try await administrator.post("/groups", ["profile": ["name": "other"]], headers: key)
            #expect((changed.status, changed.code ?? "") == (400, "E0000001"))
            let other = try await administrator.verifier.services.apiTokens.create(
                name: "other", scopes: APIScope.all, days: 1)
            let taken = try await administrator.with(token: other.text).post(
                "/groups", ["profile": ["name": "staff"]], headers: key)
            #expect(taken.code == "E0000001")
            administrator.verifier.clock.advance(86_399)
            let fresh = try await administrator.verifier.services.apiTokens.create(
                name: "fresh", scopes: APIScope.all, days: 9)
            #expect(
                try await administrator.with(token: fresh.text).post(
                    "/groups", ["profile": ["name": "late"]], headers: key
                ).status == 200)
        }
    }

    @Test func aStateThatWasChangedMeanwhileIsNotOverwritten() async throws {
        try await Administrator.run { administrator in
            let group = try await administrator.post("/groups", ["profile": ["name": "staff"]])
            let path = "/groups/\(group.id)"
            #expect(try await administrator.get(path).tag == group.tag)
            let changed = try await administrator.put(
                path, ["profile": ["name": "people"]], headers: [.ifMatch: group.tag])
            #expect(changed.status == 200)
            #expect(changed.tag != group.tag)
            let late = try await administrator.put(
                path, ["profile": ["name": "late"]], headers: [.ifMatch: group.tag])
            #expect((late.status, late.code ?? "") == (412, "C0000004"))
            #expect(try await administrator.delete(path, headers: [.ifMatch: group.tag]).status == 412)
            #expect(try await administrator.get(path).value["profile"]?["name"] == "people")
            #expect(try await administrator.delete(path, headers: [.ifMatch: "\"x\", \(changed.tag)"]).status == 204)
        }
    }

    @Test func aLifecycleChangeOfAnotherStateIsRefused() async throws {
        try await Administrator.run { administrator in
            let user = try await administrator.user("alice")
            let code = try await administrator.verifier.services.codes.issue(username: "alice")
            _ = try await SoftwareAgent.enroll(code: code, at: administrator.client)
            let device = try #require(try await administrator.get("/devices").ids.first)
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            let rule = try await administrator.post("/policies/\(policy)/rules", ManagedPoliciesTests.rule("a")).id
            let zone = try await administrator.post(
                "/zones",
                ["type": "IP", "name": "Home", "gateways": [["type": "CIDR", "value": "192.0.2.0/24"]]])
            #expect(zone.status == 200, "\(zone.value)")
            let stale: HTTPFields = [.ifMatch: "\"stale\""]
            for path in [
                "/users/\(user)", "/devices/\(device)", "/policies/\(policy)", "/policies/\(policy)/rules/\(rule)",
                "/zones/\(zone.id)",
            ] {
                let refused = try await administrator.post("\(path)/lifecycle/deactivate", headers: stale)
                #expect(refused.status == 412, "\(path): \(refused.value)")
                let tag = try await administrator.get(path).tag
                let done = try await administrator.post("\(path)/lifecycle/deactivate", headers: [.ifMatch: tag])
                #expect([200, 204].contains(done.status), "\(path): \(done.value)")
            }
            #expect(try await administrator.delete("/devices/\(device)", headers: stale).status == 412)
            #expect(try await administrator.delete("/devices/\(device)").status == 204)
        }
    }
}
