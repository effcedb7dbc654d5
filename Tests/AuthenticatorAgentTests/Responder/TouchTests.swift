// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Keys that wait for a touch as they sign: the wait is part of the prompt.
@Suite(.serialized) struct TouchTests {
    /// How the person is asked before the key waits.
    enum Question: Sendable, CaseIterable { case consent, pin }

    private func fixture(
        _ question: Question, _ touch: ScriptedTouch, settings: (inout ResponderSettings) -> Void = { _ in }
    ) async throws -> LoopbackFixture {
        try await LoopbackFixture(
            prompt: ScriptedConsent(pins: ["123456", "123456"]), canVerify: question == .pin, touch: touch,
            settings: settings)
    }

    private func challenge(_ question: Question, _ fixture: LoopbackFixture, origin: String? = nil) async throws
        -> String
    {
        try await fixture.challenge {
            $0.userMediation = .required
            $0.userVerification = question == .pin ? .required : UserVerificationRequirement.none
            if let origin { $0.allowedOrigins = [Origin(origin)!] }
        }
    }

    @Test(arguments: Question.allCases) func aTouchedKeySigns(_ question: Question) async throws {
        let touch = ScriptedTouch()
        let fixture = try await fixture(question, touch)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await challenge(question, fixture), on: connection)
        #expect(await touch.isAwaited(1))
        #expect(fixture.verifier.requests.isEmpty)
        touch.touch()
        #expect(await connection.answer()?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(
            response.context.userConsent == (question == .pin ? .approvedUserVerification : .approvedConsentPrompt))
    }

    @Test(arguments: Question.allCases) func aPageOfAnotherOriginWaitsItsTurn(_ question: Question) async throws {
        let other = "https://other.example.com"
        let touch = ScriptedTouch()
        let fixture = try await fixture(question, touch)
        try await fixture.allow(origin: other)
        let first = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await challenge(question, fixture), on: first)
        #expect(await touch.isAwaited(1))
        #expect(await fixture.server.status().isPrompting)
        let second = try await challenge(question, fixture, origin: other)
        #expect(try await fixture.post(second, origin: other)?.status == 429)
        touch.touch()
        #expect(await first.answer()?.status == 200)
        #expect(try await fixture.post(second, origin: other)?.status == 200)
    }

    @Test(arguments: Question.allCases) func thePageThatLeavesEndsTheWait(_ question: Question) async throws {
        let touch = ScriptedTouch()
        let fixture = try await fixture(question, touch)
        let challenge = try await challenge(question, fixture)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(challenge, on: connection)
        #expect(await touch.isAwaited(1))
        connection.close()
        #expect(await touch.wasCancelled(1))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.verifier.requests.isEmpty)
        touch.touch()
        #expect(try await fixture.post(challenge)?.status == 200)
    }

    @Test(arguments: Question.allCases)
    func aCardThatCannotBeToldToStopSignsForNobody(_ question: Question) async throws {
        let touch = ScriptedTouch(canBeCancelled: false)
        let fixture = try await fixture(question, touch)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await challenge(question, fixture), on: connection)
        #expect(await touch.isAwaited(1))
        connection.close()
        for _ in 0..<500 where await fixture.server.status().isPrompting {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await !fixture.server.status().isPrompting, "the card holds up no other page")
        touch.touch()
        try await Task.sleep(for: .milliseconds(200))
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test(arguments: Question.allCases)
    func anotherPageDoesNotWaitForACardThatCannotBeToldToStop(_ question: Question) async throws {
        let other = "https://other.example.com"
        let touch = ScriptedTouch(canBeCancelled: false)
        let fixture = try await fixture(question, touch)
        try await fixture.allow(origin: other)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await challenge(question, fixture), on: connection)
        #expect(await touch.isAwaited(1))
        connection.close()
        for _ in 0..<500 where await fixture.server.status().isPrompting {
            try await Task.sleep(for: .milliseconds(10))
        }
        let second = try RawHTTPConnection(port: fixture.port)
        let newer = try await challenge(question, fixture, origin: other)
        fixture.send(newer, on: second, origin: other)
        #expect(await touch.isAwaited(2))
        touch.touch()
        #expect(await second.answer()?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.challengeHash == (try UnverifiedChallenge(newer)).hash)
        try await Task.sleep(for: .milliseconds(100))
        #expect(fixture.verifier.requests.count == 1)
    }

    @Test(arguments: Question.allCases, [true, false])
    func aNewerChallengeOfThePageTakesItsPlace(_ question: Question, canBeCancelled: Bool) async throws {
        let touch = ScriptedTouch(canBeCancelled: canBeCancelled)
        let fixture = try await fixture(question, touch)
        let first = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await challenge(question, fixture), on: first)
        #expect(await touch.isAwaited(1))
        let second = try RawHTTPConnection(port: fixture.port)
        let newer = try await challenge(question, fixture)
        fixture.send(newer, on: second)
        #expect(await first.answer()?.status == 200)
        #expect(await touch.isAwaited(2))
        #expect(touch.cancelled == (canBeCancelled ? 1 : 0))
        touch.touch()
        #expect(await second.answer()?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.challengeHash == (try UnverifiedChallenge(newer)).hash)
        #expect(fixture.verifier.requests.count == 1)
    }

    @Test(arguments: Question.allCases, [true, false])
    func theWaitEndsBeforeTheChallengeExpires(_ question: Question, canBeCancelled: Bool) async throws {
        let touch = ScriptedTouch(canBeCancelled: canBeCancelled)
        let fixture = try await fixture(question, touch) { $0.promptMargin = 299 }
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await challenge(question, fixture), on: connection)
        #expect(await touch.isAwaited(1))
        #expect(await connection.answer()?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance && response.context.userConsent == .timedOut)
        #expect(response.deviceSignals.snapshot.readings.isEmpty)
    }
}
