// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct PhishingTests {
    static let evil = "https://evil.example"

    @Test(arguments: [ResponseKeyType.clientInstance, .proofOfPossession])
    func aReportIsAuditedAndTheHonestPageStillSignsIn(_ keyType: ResponseKeyType) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let report = try await agent.response(
            to: challenge, consent: .phishingDetected, keyType: keyType, origin: Self.evil)
        try await world.post(report, to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
        let events = try world.audit.events(.authentication)
        #expect(events.count == 1)
        #expect(events.first?.outcome.result == "FAILURE")
        #expect(events.first?.outcome.reason == "FastPass declined phishing attempt")
        #expect(events.first?.debugContext.debugData["origin"] == Self.evil)
        #expect(events.first?.actor.alternateId == "alice")
        try await world.post(try await agent.response(to: challenge), to: challenge)
        #expect(try await world.signIn.view(stateHandle: handle).name == "success")
    }

    @Test func theSameReportIsAuditedOnce() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        for _ in 0..<3 {
            let report = try await agent.response(
                to: challenge, consent: .phishingDetected, keyType: .clientInstance, origin: Self.evil)
            try await world.post(report, to: challenge)
        }
        #expect(try world.audit.events(.authentication).count == 1)
    }

    @Test func reportsOfOneSignInAreBounded() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        for number in 0..<12 {
            let report = try await agent.response(
                to: challenge, consent: .phishingDetected, keyType: .clientInstance,
                origin: "https://evil\(number).example")
            try await world.post(report, to: challenge)
        }
        #expect(try world.audit.events(.authentication).count == SignInTransaction.maximumReports)
    }

    @Test func aReportWithoutAnOriginOrByThePersonsKeyIsRefused() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let challenge = try await world.challenge(try await world.signInOf())
        let without = try await agent.response(
            to: challenge, consent: .phishingDetected, keyType: .clientInstance, origin: nil)
        await #expect(throws: VerifierError.self) { try await world.post(without, to: challenge) }
        let byPerson = try await agent.response(
            to: challenge, consent: .phishingDetected, keyType: .userVerification, origin: Self.evil)
        await #expect(throws: VerifierError.self) { try await world.post(byPerson, to: challenge) }
    }

    @Test func anApprovalThroughAForeignPageIsRefusedAndAudited() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge, origin: Self.evil)
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.status == 403)
        #expect(error.code.rawValue == "E0000212")
        #expect(try await world.signIn.view(stateHandle: handle).name == "phishing")
        let event = try #require(try world.audit.events(.authentication).first)
        #expect(event.outcome.reason == "FastPass declined phishing attempt")
        #expect(event.debugContext.debugData["origin"] == Self.evil)
        _ = try await world.signIn.retry(stateHandle: handle, address: VerifierWorld.address)
        let next = try await world.challenge(handle)
        try await world.post(try await agent.response(to: next), to: next)
        #expect(try await world.signIn.view(stateHandle: handle).name == "success")
    }
}
