// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import DeviceSignals
import Glibc
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Prompts, joining, superseding, and what reaches the verifier.
@Suite(.serialized) struct ChallengeResponderTests {
    private func asking(_ claims: inout ChallengeClaims) { claims.userMediation = .required }

    @Test func silentChallengeIsAnsweredByPossession() async throws {
        let fixture = try await LoopbackFixture()
        let challenge = try await fixture.challenge()
        #expect(try await fixture.post(challenge)?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .proofOfPossession && response.methods.isEmpty)
        #expect(response.context.userConsent == .none && response.context.bindingType == .loopback)
        #expect(response.context.originHeader == fixture.page)
        #expect(response.challengeHash == (try UnverifiedChallenge(challenge)).hash)
        #expect(response.enrollmentID == "pfdTest" && response.methodEnrollmentID == "opf-pfdTest")
        #expect(response.audience == fixture.page && response.userID == LoopbackFixture.user)
        #expect(response.deviceSignals.deviceID == "guoTest" && response.deviceSignals.clientInstanceID == "cliTest")
        #expect(response.deviceSignals.snapshot[.platform]?.value == .string("LINUX"))
        #expect(fixture.signals.names == [[.platform]])
        #expect(fixture.prompt.requests.isEmpty && fixture.prompt.timesPrepared == 0)
        let request = try #require(fixture.verifier.requests.first)
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["authorization"] == nil)
    }

    @Test(arguments: [true, false])
    func signalsAreReadAnewWhereTheChallengeWantsThat(_ isFresh: Bool) async throws {
        let fixture = try await LoopbackFixture()
        let challenge = try await fixture.challenge { $0.freshSignals = isFresh }
        #expect(try await fixture.post(challenge)?.status == 200)
        #expect(fixture.signals.fresh == [isFresh])
    }

    @Test(arguments: [UserMediation.optional, .required, nil])
    func consentIsAskedAndSaid(_ mediation: UserMediation?) async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge { $0.userMediation = mediation })?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.context.userConsent == .approvedConsentPrompt)
        #expect(response.keyType == .proofOfPossession)
        let request = try #require(fixture.prompt.requests.first)
        #expect(request.organization == "Test" && request.username == "alice" && request.app == "Wiki")
        #expect(request.origin?.description == fixture.page)
        #expect(request.process != nil)
        #expect(fixture.prompt.timesPrepared == 1)
    }

    @Test(arguments: [
        (ConsentAnswer.denied, UserConsent.deniedConsentPrompt), (.timedOut, .timedOut),
        (.unavailable(reason: "no display"), .timedOut),
    ])
    func refusalIsSignedByTheClientInstanceWithoutSignals(_ answer: ConsentAnswer, _ consent: UserConsent) async throws
    {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(answer))
        #expect(try await fixture.post(try await fixture.challenge(asking))?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance && response.context.userConsent == consent)
        #expect(response.deviceSignals.snapshot.readings.isEmpty)
        #expect(fixture.signals.names.isEmpty)
    }

    @Test(arguments: [UserVerificationRequirement.preferred, .required])
    func personIsVerifiedByPIN(_ requirement: UserVerificationRequirement) async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: ["111111", "123456"]), canVerify: true)
        #expect(
            try await fixture.post(try await fixture.challenge { $0.userVerification = requirement })?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .userVerification && response.methods == ["pin"])
        #expect(response.context.userConsent == .approvedUserVerification)
        #expect(fixture.prompt.requests.count == 2)
        #expect(fixture.signals.names.count == 1)
    }

    @Test(arguments: [
        ([], UserConsent.cancelledUserVerification),
        (["1", "2", "3"], .userVerificationPermanentlyUnavailable),
    ])
    func failedVerificationIsSaidByPossessionWithoutSignals(_ pins: [String], _ consent: UserConsent) async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: pins), canVerify: true)
        #expect(try await fixture.post(try await fixture.challenge { $0.userVerification = .required })?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .proofOfPossession && response.context.userConsent == consent)
        #expect(fixture.signals.names.isEmpty)
    }

    @Test func aPINThatNobodyTypesInTimeIsATimeOut() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(.timedOut), canVerify: true)
        #expect(try await fixture.post(try await fixture.challenge { $0.userVerification = .required })?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance && response.context.userConsent == .timedOut)
        #expect(fixture.signals.names.isEmpty)
    }

    @Test(arguments: [
        (DeviceKeyError.Code.pinLocked, UserConsent.userVerificationPermanentlyUnavailable),
        (.pinLockedForNow, .userVerificationTemporarilyUnavailable),
        (.keyNotFound, .userVerificationPermanentlyUnavailable),
        (.deviceRemoved, .userVerificationTemporarilyUnavailable), (.cancelled, .cancelledUserVerification),
    ])
    func onlyWhatTimeDoesNotMendIsPermanent(_ code: DeviceKeyError.Code, _ consent: UserConsent) {
        #expect(ChallengeResponder.consent(afterFailing: DeviceKeyError(code, "why")) == consent)
    }

    @Test func missingVerificationKeyIsSaidWhereRequired() async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge { $0.userVerification = .required })?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.context.userConsent == .userVerificationPermanentlyUnavailable)
        #expect(fixture.prompt.requests.isEmpty && fixture.signals.names.isEmpty)
    }

    @Test func missingVerificationKeyFallsBackWherePreferred() async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge { $0.userVerification = .preferred })?.status == 200)
        #expect(try await fixture.verifiedResponse()?.context.userConsent == UserConsent.none)
    }

    @Test func promptEndsBeforeTheChallengeExpires() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil), settings: { $0.promptMargin = 299 })
        #expect(try await fixture.post(try await fixture.challenge(asking))?.status == 200)
        #expect(try await fixture.verifiedResponse()?.context.userConsent == .timedOut)
        #expect(await fixture.prompt.wereWithdrawn(1))
    }

    @Test func sameChallengeJoinsTheOpenPrompt() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil))
        let challenge = try await fixture.challenge(asking)
        let first = try RawHTTPConnection(port: fixture.port)
        let second = try RawHTTPConnection(port: fixture.port)
        fixture.send(challenge, on: first)
        await fixture.prompt.shown(1)
        fixture.send(challenge, on: second)
        try await Task.sleep(for: .milliseconds(50))
        fixture.prompt.answer(.approved)
        #expect(await first.answer()?.status == 200)
        #expect(await second.answer()?.status == 200)
        #expect(fixture.prompt.requests.count == 1)
        #expect(fixture.verifier.requests.count == 1)
    }

    @Test func sameChallengeSoonAfterGetsTheSameAnswer() async throws {
        let fixture = try await LoopbackFixture(respond: { _ in .init(500) })
        let challenge = try await fixture.challenge()
        let first = try await fixture.post(challenge)
        #expect(first?.status == 502)
        #expect(try await fixture.post(challenge) == first)
        #expect(fixture.verifier.requests.count == 1)
    }

    @Test func droppedConnectionIsTakenUpAgain() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil), settings: { $0.grace = .seconds(5) })
        let challenge = try await fixture.challenge(asking)
        let first = try RawHTTPConnection(port: fixture.port)
        fixture.send(challenge, on: first)
        await fixture.prompt.shown(1)
        first.close()
        try await Task.sleep(for: .milliseconds(50))
        let second = try RawHTTPConnection(port: fixture.port)
        fixture.send(challenge, on: second)
        fixture.prompt.answer(.approved)
        #expect(await second.answer()?.status == 200)
        #expect(fixture.prompt.requests.count == 1)
        #expect(try await fixture.verifiedResponse()?.context.userConsent == .approvedConsentPrompt)
    }

    @Test func approvalBetweenDropAndReturnStillCounts() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil), settings: { $0.grace = .seconds(5) })
        let challenge = try await fixture.challenge(asking)
        let first = try RawHTTPConnection(port: fixture.port)
        fixture.send(challenge, on: first)
        await fixture.prompt.shown(1)
        first.close()
        try await Task.sleep(for: .milliseconds(50))
        fixture.prompt.answer(.approved)
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.verifier.requests.isEmpty)
        #expect(try await fixture.post(challenge)?.status == 200)
    }

    @Test func promptIsTakenAwayWhenThePageIsGone() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil))
        let challenge = try await fixture.challenge(asking)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(challenge, on: connection)
        await fixture.prompt.shown(1)
        connection.close()
        #expect(await fixture.prompt.wereWithdrawn(1))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.verifier.requests.isEmpty)
        fixture.prompt.answer(.approved)
        #expect(try await fixture.post(challenge)?.status == 200)
    }

    @Test func pageThatLeavesASilentChallengeGetsNoResponse() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(), on: connection)
        connection.close(abruptly: true)
        try await Task.sleep(for: .milliseconds(400))
        #expect(fixture.verifier.requests.count <= 1)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }

    @Test func newChallengeOfThePageTakesThePlaceOfTheOpenOne() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil))
        let first = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(asking), on: first)
        await fixture.prompt.shown(1)
        let second = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(asking), on: second)
        #expect(await first.answer()?.status == 200)
        await fixture.prompt.shown(2)
        fixture.prompt.answer(.approved)
        #expect(await second.answer()?.status == 200)
        #expect(fixture.prompt.withdrawn == 1)
        #expect(fixture.verifier.requests.count == 1)
    }

    @Test func promptOfAnotherOriginIsNotDisturbed() async throws {
        let other = "https://other.example.com"
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil))
        try await fixture.allow(origin: other)
        let first = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(asking), on: first)
        await fixture.prompt.shown(1)
        let challenge = try await fixture.challenge {
            asking(&$0)
            $0.allowedOrigins = [Origin(other)!]
        }
        #expect(try await fixture.post(challenge, origin: other)?.status == 429)
        fixture.prompt.answer(.approved)
        #expect(await first.answer()?.status == 200)
        #expect(try await fixture.post(challenge, origin: other)?.status == 200)
    }

    @Test func originThatAsksTooOftenIsSlowedDown() async throws {
        let fixture = try await LoopbackFixture(settings: { $0.prompts = (burst: 2, interval: .seconds(600)) })
        for status in [200, 200, 429] {
            #expect(try await fixture.post(try await fixture.challenge(asking))?.status == status)
        }
        #expect(fixture.prompt.requests.count == 2)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }

    @Test(arguments: [
        (400, "C0000001", "clock"), (403, "E0000152", "suspended"), (409, "C0000002", "over"),
        (403, "E0000212", "page"),
        (500, "nonsense", "status 500"), (302, "", "status 302"),
    ])
    func verifiersRefusalIsExplained(_ status: Int, _ code: String, _ word: String) async throws {
        let body = String(
            decoding: try JSON.encode(ErrorEnvelope(code: ErrorCode(rawValue: code), summary: "<b>raw</b>", id: "1")),
            as: UTF8.self)
        let fixture = try await LoopbackFixture(respond: { _ in
            .init(status, headers: ["Location": "http://127.0.0.1:1/"], body: body)
        })
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 502)
        #expect(answer.body.contains(word))
        #expect(!answer.body.contains("raw"))
    }

    @Test func verifierThatCannotBeReachedIsSaid() async throws {
        let fixture = try await LoopbackFixture(respond: { _ in nil })
        #expect(try await fixture.post(try await fixture.challenge())?.status == 504)
    }

    @Test func verifierThatDoesNotAnswerIsSaid() async throws {
        let fixture = try await LoopbackFixture(
            settings: { $0.deliveryTimeoutMillis = 100 }, respond: { _ in .init(200, delayMillis: 2000) })
        #expect(try await fixture.post(try await fixture.challenge())?.status == 504)
    }

    @Test func statusTellsOfTheOpenPrompt() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(nil))
        #expect(await fixture.server.status().isPrompting == false)
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(asking), on: connection)
        await fixture.prompt.shown(1)
        let status = await fixture.server.status()
        #expect(status.isPrompting && status.enrollments == 1)
        #expect(status.addresses == ["127.0.0.1:\(fixture.port)", "[::1]:\(fixture.port)"])
        fixture.prompt.answer(.approved)
        _ = await connection.answer()
    }

    @Test func manySignInsLeaveNothingBehind() async throws {
        let fixture = try await LoopbackFixture()
        let connection = try RawHTTPConnection(port: fixture.port)
        for _ in 0..<300 {
            fixture.send(try await fixture.challenge(), on: connection)
            #expect(await connection.answer()?.status == 200)
        }
        #expect(Set(fixture.verifier.requests.map(\.connection)).count == 1)
    }
}
