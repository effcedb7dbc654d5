// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

/// A change of state between challenge and response, and the code by which agents know it.
struct StandingCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int
    let code: String
    let change: @Sendable (VerifierServices, EnrollmentResponse) async throws -> Void

    static let all: [StandingCase] = [
        StandingCase(testDescription: "user suspended", status: 423, code: "E0000155") { services, _ in
            try await services.users.suspend(username: "alice")
        },
        StandingCase(testDescription: "user deleted", status: 410, code: "E0000156") { services, _ in
            try await services.users.delete(username: "alice")
        },
        StandingCase(testDescription: "enrolment suspended", status: 423, code: "E0000180") { services, enrollment in
            try await services.enrollmentDirectory.suspend(enrollment.id)
        },
        StandingCase(testDescription: "enrolment deleted", status: 410, code: "E0000154") { services, enrollment in
            try await services.enrollmentDirectory.delete(enrollment.id)
        },
        StandingCase(testDescription: "device suspended", status: 403, code: "E0000152") { services, enrollment in
            try await services.enrollmentDirectory.setDevice(enrollment.device.id, to: .suspended)
        },
        StandingCase(testDescription: "device deleted", status: 410, code: "E0000153") { services, enrollment in
            try await services.enrollmentDirectory.setDevice(enrollment.device.id, to: .deleted)
        },
    ]
}

@Suite struct StandingTests {
    @Test(arguments: StandingCase.all)
    func whatIsNotActiveDoesNotSignIn(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let enrollment = try #require(agent.enrollment)
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await given.change(world.services, enrollment)
        let response = try await agent.response(to: challenge)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.status == given.status)
        #expect(error.code.rawValue == given.code)
        #expect(try await world.signIn.view(stateHandle: handle).name == "notActive")
    }

    @Test(arguments: StandingCase.all)
    func whatIsNotActiveAfterTheResponseIsNotTaken(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let enrollment = try #require(agent.enrollment)
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        try await given.change(world.services, enrollment)
        let error = try await #require(throws: VerifierError.self) {
            _ = try await world.finish(handle)
        }
        #expect(error.code.rawValue == given.code)
    }

    /// Suspension ends a person's tokens; one that is there all the same enrols nothing.
    @Test func aTokenOfWhoMayNotSignInEnrolsNothing() async throws {
        let world = try await VerifierWorld()
        let enrollment = try #require(try await world.enrolledAgent().enrollment)
        let userID = try #require(try await world.services.users.find(username: "alice")).id
        let identity = AuthenticatedIdentity(
            userID: userID, deviceID: enrollment.device.id, enrollmentID: enrollment.id, authenticatedAt: 1,
            methods: [],
            contextClass: "phr")
        let token = try await world.services.sessions.issueAccessToken(
            identity: identity, clientID: "countersign-agent", scopes: [AuthenticatorConfiguration.enrollScope],
            lifetime: 600)
        let id = try #require(SecretToken.hash(of: token))
        let now = world.services.clock.now()
        try await world.services.store.write { writer in
            var user = try #require(try writer.record(User.self, id: userID))
            user.status = .suspended
            try writer.save(user)
            #expect(throws: VerifierError.self) {
                _ = try AccessTokenRecord.use(id, for: "request", at: now, in: writer)
            }
            user.status = .active
            try writer.save(user)
            #expect(try AccessTokenRecord.use(id, for: "request", at: now, in: writer).id == userID)
        }
    }

    @Test(arguments: StandingCase.all)
    func whatIsSuspendedWhileAResponseIsAppraisedDoesNotSignIn(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let enrollment = try #require(agent.enrollment)
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge)
        let (services, store) = try await world.interrupted()
        store.beforeNextWrite { try await given.change(world.services, enrollment) }
        let transactionID = try world.transactionID(challenge)
        let error = try await #require(throws: VerifierError.self) {
            try await services.signIn.respond(
                transactionID: transactionID, response: response, address: VerifierWorld.address)
        }
        #expect(error.code.rawValue == given.code)
        #expect(try await world.signIn.view(stateHandle: handle).name == "notActive")
    }

    @Test(arguments: StandingCase.all)
    func standingIsToldBeforeAnythingElseThatIsWrong(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let response = try await agent.response(to: challenge, origin: "https://evil.example")
        try await given.change(world.services, try #require(agent.enrollment))
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code.rawValue == given.code)
    }

    @Test(arguments: StandingCase.all)
    func whatIsNotActiveReportsNothing(_ given: StandingCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let report = try await agent.response(
            to: challenge, consent: .phishingDetected, keyType: .clientInstance, origin: "https://evil.example")
        try await given.change(world.services, try #require(agent.enrollment))
        let error = try await #require(throws: VerifierError.self) { try await world.post(report, to: challenge) }
        #expect(error.code.rawValue == given.code)
    }

    @Test func anEnrolmentThatIsResumedSignsInAgain() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let id = try #require(agent.enrollment?.id)
        try await world.services.enrollmentDirectory.suspend(id)
        try await world.services.enrollmentDirectory.resume(id)
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        try await world.post(try await agent.response(to: challenge), to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == "success")
    }
}
