// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

@Suite struct APITokenDirectoryTests {
    @Test func theStoreHoldsNoSecret() async throws {
        let world = try await VerifierWorld()
        let (record, text) = try await world.services.apiTokens.create(
            name: "terraform", scopes: [APIScope(.users, isManage: true)], days: 30)
        #expect(text.hasPrefix("\(record.id)."))
        let secret = String(text.drop { $0 != "." }.dropFirst())
        #expect(record.secretHash == SecretToken.hash(of: secret))
        let stored = try await world.store.read { try $0.record(APITokenRecord.self, id: record.id) }
        #expect(stored == record)
        #expect(!"\(record)".contains(secret))
        #expect(record.endsAt == world.clock.now + 30 * 86_400)
        let event = try #require(try world.audit.events(.apiTokenCreate).first)
        #expect(event.debugContext.debugData["scopes"] == "okta.users.manage")
        #expect(!world.audit.lines.contains { $0.contains(secret) })
    }

    @Test func tokensAreListedAndRevoked() async throws {
        let world = try await VerifierWorld()
        let tokens = world.services.apiTokens
        let first = try await tokens.create(name: "first", scopes: APIScope.all, days: 1)
        world.clock.advance(1)
        _ = try await tokens.create(name: "second", scopes: APIScope.all, days: 2)
        #expect(try await tokens.list().map(\.name) == ["first", "second"])
        #expect(try await tokens.find(first.text)?.name == "first")
        #expect(try await tokens.list().first?.usedAt == world.clock.now)
        try await tokens.revoke("first")
        #expect(try await tokens.find(first.text) == nil)
        #expect(try await tokens.list().map { $0.standing(at: world.clock.now) } == [.revoked, .active])
        try await tokens.revoke(first.record.id)
        #expect(try await tokens.list().first?.revokedAt == world.clock.now)
        // A name is free again.
        _ = try await tokens.create(name: "first", scopes: APIScope.all, days: 1)
        await #expect(throws: APITokenError.unknown("none")) { try await tokens.revoke("none") }
        world.clock.advance(40 * 86_400)
        try await world.services.sweep()
        #expect(try await tokens.list().isEmpty)
    }

    @Test func whatIsNoTokenIsNotMade() async throws {
        let world = try await VerifierWorld()
        let tokens = world.services.apiTokens
        for name in ["", "a\nb", String(repeating: "x", count: 101)] {
            await #expect(throws: APITokenError.invalidName) {
                _ = try await tokens.create(name: name, scopes: APIScope.all, days: 1)
            }
        }
        await #expect(throws: APITokenError.noScopes) { _ = try await tokens.create(name: "a", scopes: [], days: 1) }
        for days in [Int64(0), -1, 367, .max] {
            await #expect(throws: APITokenError.invalidTime) {
                _ = try await tokens.create(name: "a", scopes: APIScope.all, days: days)
            }
        }
        _ = try await tokens.create(name: "a", scopes: APIScope.all, days: 366)
        await #expect(throws: APITokenError.nameTaken("a")) {
            _ = try await tokens.create(name: "a", scopes: APIScope.all, days: 1)
        }
    }

    @Test(arguments: ["okta.users.read", "okta.policies.manage", "okta.logs.read", "okta.deviceAssurance.manage"])
    func scopesAreNamedAsAtOkta(_ name: String) {
        #expect(APIScope(name)?.description == name)
    }

    @Test(arguments: [
        "", "okta.users", "okta.users.write", "okta.logs.manage", "users.read", "okta.users.read.x", "okta.Users.read",
    ])
    func otherScopesAreNone(_ name: String) {
        #expect(APIScope(name) == nil)
    }
}
