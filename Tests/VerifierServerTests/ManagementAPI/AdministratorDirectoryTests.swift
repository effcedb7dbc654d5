// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

@Suite struct AdministratorDirectoryTests {
    private let scope = APIScope(.users, isManage: true)

    private func world() async throws -> (VerifierWorld, AdministratorDirectory) {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "alice")
        return (world, world.services.administrators)
    }

    @Test func administratorsAreMadeListedAndRemoved() async throws {
        let (world, administrators) = try await world()
        try await administrators.set(username: "ALICE", scopes: [scope])
        world.clock.advance(10)
        try await administrators.set(username: "alice", scopes: [APIScope(.logs, isManage: false)])
        let entry = try #require(try await administrators.list().first)
        #expect(entry.user.username == "alice")
        #expect(entry.record.scopes.map(\.description) == ["okta.logs.read"])
        #expect(entry.record.createdAt == world.clock.now - 10)
        let told = try world.audit.events(.privilegeGrant).map { $0.debugContext.debugData["scopes"] }
        #expect(told == ["okta.users.manage", "okta.logs.read"])
        try await administrators.remove(username: "alice")
        #expect(try await administrators.list().isEmpty)
        await #expect(throws: AdministratorError.notOne("alice")) { try await administrators.remove(username: "alice") }
    }

    @Test func whatIsNoAdministratorIsNotMade() async throws {
        let (world, administrators) = try await world()
        await #expect(throws: AdministratorError.noScopes) {
            try await administrators.set(username: "alice", scopes: [])
        }
        let scim = APIScope(.scim, isManage: true)
        await #expect(throws: AdministratorError.notForPeople(scim)) {
            try await administrators.set(username: "alice", scopes: [scope, scim])
        }
        await #expect(throws: DirectoryError.unknownUser("nobody")) {
            try await administrators.set(username: "nobody", scopes: [scope])
        }
        try await world.store.write { writer in
            var user = try #require(try writer.all(User.self).first)
            try UserDirectory.set(&user, to: .deactivated, at: 1, in: writer)
        }
        await #expect(throws: AdministratorError.deactivated("alice")) {
            try await administrators.set(username: "alice", scopes: [scope])
        }
        #expect(try await administrators.list().isEmpty)
    }

    @Test(arguments: [User.Status.deactivated, .deleted])
    func whoIsGoneIsNoAdministratorWhenTheyComeBack(status: User.Status) async throws {
        let (world, administrators) = try await world()
        try await administrators.set(username: "alice", scopes: [scope])
        try await world.store.write { writer in
            var user = try #require(try writer.all(User.self).first)
            try UserDirectory.set(&user, to: status, at: 1, in: writer)
            try UserDirectory.set(&user, to: .active, at: 2, in: writer)
        }
        #expect(try await world.store.read { try $0.all(AdministratorRecord.self) }.isEmpty)
    }

    @Test func whoIsSuspendedStaysOne() async throws {
        let (world, administrators) = try await world()
        try await administrators.set(username: "alice", scopes: [scope])
        try await world.services.users.suspend(username: "alice")
        try await world.services.users.resume(username: "alice")
        #expect(try await administrators.list().count == 1)
    }
}
