// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct SessionServiceTests {
    private func signedIn(
        _ world: VerifierWorld
    ) async throws -> (identity: AuthenticatedIdentity, session: String, token: String) {
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        let identity = try await world.finish(handle)
        let session = try await world.session(of: identity)
        let token = try await world.services.sessions.issueAccessToken(
            identity: identity, clientID: "app", scopes: ["openid"], lifetime: 600)
        return (identity, session, token)
    }

    @Test func aTokenFindsItsSessionUntilItEnds() async throws {
        let world = try await VerifierWorld { $0.sessionLifetime = 100 }
        let (identity, session, _) = try await signedIn(world)
        #expect(try await world.services.sessions.find(token: session)?.identity == identity)
        world.clock.advance(99)
        #expect(try await world.services.sessions.find(token: session) != nil)
        world.clock.advance(1)
        #expect(try await world.services.sessions.find(token: session) == nil)
    }

    @Test func secretsAreStoredAsHashesAlone() async throws {
        let world = try await VerifierWorld()
        let (_, session, token) = try await signedIn(world)
        let sessions = try await world.store.read { try $0.all(Session.self) }
        let tokens = try await world.store.read { try $0.all(AccessTokenRecord.self) }
        #expect(sessions.map(\.id) != [session])
        #expect(tokens.map(\.id) != [token])
        #expect(world.audit.lines.allSatisfy { !$0.contains(session) && !$0.contains(token) })
        let hash = try #require(sessions.first?.id)
        #expect(try await world.services.sessions.find(token: hash) == nil)
    }

    @Test func anEndedSessionIsNotFound() async throws {
        let world = try await VerifierWorld()
        let (_, session, _) = try await signedIn(world)
        try await world.services.sessions.end(token: session)
        try await world.services.sessions.end(token: session)
        try await world.services.sessions.end(token: "unknown")
        #expect(try await world.services.sessions.find(token: session) == nil)
        #expect(try world.audit.events(.userSessionEnd).count == 1)
    }

    @Test func anAccessTokenIsFoundUntilItEndsOrIsRevoked() async throws {
        let world = try await VerifierWorld()
        let (identity, _, token) = try await signedIn(world)
        let record = try #require(try await world.services.sessions.findAccessToken(token))
        #expect(record.identity == identity)
        #expect(record.scopes == ["openid"])
        #expect(record.clientID == "app")
        try await world.services.sessions.revokeAccessToken(token)
        #expect(try await world.services.sessions.findAccessToken(token) == nil)
        let second = try await world.services.sessions.issueAccessToken(
            identity: identity, clientID: "app", scopes: [], lifetime: 600)
        world.clock.advance(600)
        #expect(try await world.services.sessions.findAccessToken(second) == nil)
    }

    @Test(arguments: StandingCase.all)
    func suspensionAndDeletionEndWhatRestsOnThem(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let (identity, session, token) = try await signedIn(world)
        let enrollment = try #require(
            try await world.store.read { try $0.record(EnrollmentRecord.self, id: identity.enrollmentID ?? "") })
        try await given.change(
            world.services,
            .init(
                id: enrollment.id, user: .init(id: identity.userID, username: "alice"),
                device: .init(id: enrollment.deviceID, clientInstanceID: ""), methodID: ""))
        #expect(try await world.services.sessions.find(token: session) == nil)
        #expect(try await world.services.sessions.findAccessToken(token) == nil)
        #expect(try await world.store.read { try $0.all(Session.self) }.isEmpty)
        #expect(try await world.store.read { try $0.all(AccessTokenRecord.self) }.isEmpty)
        await #expect(throws: VerifierError.self) {
            _ = try await world.services.sessions.issueAccessToken(
                identity: identity, clientID: "app", scopes: [], lifetime: 1)
        }
    }

    @Test func whatRestsOnASuspendedUserDoesNotCountThoughItIsThere() async throws {
        let world = try await VerifierWorld()
        let (identity, session, token) = try await signedIn(world)
        try await world.store.write { writer in
            var user = try #require(try writer.record(User.self, id: identity.userID))
            user.status = .suspended
            try writer.save(user)
        }
        #expect(try await world.store.read { try $0.all(Session.self) }.count == 1)
        #expect(try await world.services.sessions.find(token: session) == nil)
        #expect(try await world.services.sessions.findAccessToken(token) == nil)
    }

    @Test func sessionsDoNotComeBackWhenTheUserIsResumed() async throws {
        let world = try await VerifierWorld()
        let (_, session, _) = try await signedIn(world)
        try await world.services.users.suspend(username: "alice")
        try await world.services.users.resume(username: "alice")
        #expect(try await world.services.sessions.find(token: session) == nil)
    }

    @Test func endingOneDevicesSessionsLeavesTheOthers() async throws {
        let world = try await VerifierWorld()
        let (first, one, _) = try await signedIn(world)
        let (_, two, _) = try await signedIn(world)
        // The second sign-in was answered by the second device.
        try await world.services.sessions.endAll(deviceID: try #require(first.deviceID))
        #expect(try await world.services.sessions.find(token: one) == nil)
        #expect(try await world.services.sessions.find(token: two) != nil)
        try await world.services.sessions.endAll(userID: first.userID)
        #expect(try await world.services.sessions.find(token: two) == nil)
    }

    @Test func endingOneEnrolmentsSessionsLeavesTheOthers() async throws {
        let world = try await VerifierWorld()
        let (first, one, _) = try await signedIn(world)
        let (_, two, _) = try await signedIn(world)
        try await world.services.sessions.endAll(enrollmentID: try #require(first.enrollmentID))
        #expect(try await world.services.sessions.find(token: one) == nil)
        #expect(try await world.services.sessions.find(token: two) != nil)
    }
}
