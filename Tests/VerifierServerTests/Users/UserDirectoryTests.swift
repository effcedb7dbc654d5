// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct UserDirectoryTests {
    @Test func aNameIsTakenOnceInAnyCase() async throws {
        let world = try await VerifierWorld()
        let user = try await world.services.users.add(username: "Alice", displayName: "Alice A.")
        #expect(user.username == "alice")
        #expect(user.status == .active)
        await #expect(throws: DirectoryError.usernameTaken("alice")) {
            _ = try await world.services.users.add(username: "ALICE")
        }
        #expect(try await world.services.users.find(username: "aLiCe") == user)
        #expect(try await world.services.users.find(id: user.id) == user)
    }

    @Test(arguments: ["", "two words", "line\nbreak"])
    func aBadNameIsRefused(_ name: String) async throws {
        let world = try await VerifierWorld()
        await #expect(throws: DirectoryError.invalidUsername) { _ = try await world.services.users.add(username: name) }
    }

    @Test(arguments: ["", "a\u{1B}[2Jb", String(repeating: "n", count: 201)])
    func aBadDisplayNameIsRefused(_ name: String) async throws {
        let world = try await VerifierWorld()
        await #expect(throws: DirectoryError.invalidDisplayName) {
            _ = try await world.services.users.add(username: "bob", displayName: name)
        }
    }

    @Test func aDeletedNameIsFreeAgainAndItsOldDevicesStayDeleted() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent("alice")
        try await world.services.users.delete(username: "alice")
        #expect(try await world.services.users.find(username: "alice") == nil)
        #expect(try await world.services.users.list().isEmpty)
        #expect(try await world.services.enrollmentDirectory.list().isEmpty)
        let second = try await world.services.users.add(username: "alice")
        #expect(second.id != agent.enrollment?.user.id)
        let handle = try await world.signInOf("alice")
        #expect(try await world.signIn.view(stateHandle: handle).name == "noDevice")
    }

    @Test func anUnknownUserIsNamed() async throws {
        let world = try await VerifierWorld()
        await #expect(throws: DirectoryError.unknownUser("nobody")) {
            try await world.services.users.suspend(username: "nobody")
        }
        await #expect(throws: DirectoryError.unknownUser("nobody")) {
            _ = try await world.services.codes.issue(username: "nobody")
        }
        await #expect(throws: DirectoryError.unknownUser("nobody")) {
            _ = try await world.services.enrollmentDirectory.list(username: "nobody")
        }
    }

    @Test func changesAreAudited() async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "bob")
        try await world.services.users.suspend(username: "bob")
        try await world.services.users.resume(username: "bob")
        try await world.services.users.delete(username: "bob")
        for type in [AuditEventType.userCreate, .userSuspend, .userUnsuspend, .userDelete] {
            #expect(try world.audit.events(type).first?.target.first?.alternateId == "bob", "\(type.rawValue)")
        }
    }

    @Test func aSuspendedUserGetsNoCode() async throws {
        let world = try await VerifierWorld()
        _ = try await world.services.users.add(username: "bob")
        try await world.services.users.suspend(username: "bob")
        await #expect(throws: DirectoryError.userNotActive("bob")) {
            _ = try await world.services.codes.issue(username: "bob")
        }
    }

    @Test func aDeletedEnrolmentStaysDeleted() async throws {
        let world = try await VerifierWorld()
        let id = try #require(try await world.enrolledAgent().enrollment?.id)
        try await world.services.enrollmentDirectory.delete(id)
        await #expect(throws: DirectoryError.enrollmentDeleted(id)) {
            try await world.services.enrollmentDirectory.resume(id)
        }
        await #expect(throws: DirectoryError.unknownEnrollment("none")) {
            try await world.services.enrollmentDirectory.suspend("none")
        }
    }
}
