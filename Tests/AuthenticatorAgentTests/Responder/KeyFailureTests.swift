// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import DeviceSignals
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Keys that cannot be used: what the page and the verifier are told.
@Suite(.serialized) struct KeyFailureTests {
    private static let steps: [MemoryKeyStore.Step] = [.unlocking, .signing]

    private func pin(_ claims: inout ChallengeClaims) { claims.userVerification = .required }

    @Test func aLostKeyIsSaidAndNothingIsSent() async throws {
        let fixture = try await LoopbackFixture()
        try await fixture.keyStore.delete(fixture.enrollment.proofOfPossession)
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 502 && answer.body.contains("enrol this device again"))
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test(arguments: [DeviceKeyError.Code.timedOut, .cancelled], steps)
    func aKeyThatNobodyTouchesIsATimeOut(_ code: DeviceKeyError.Code, _ step: MemoryKeyStore.Step) async throws {
        let fixture = try await LoopbackFixture()
        fixture.keyStore.fail(.proofOfPossession, at: step, with: DeviceKeyError(code, "nobody was there"))
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance && response.context.userConsent == .timedOut)
        #expect(response.deviceSignals.snapshot.readings.isEmpty)
    }

    @Test func aKeyBehindAPINThatNobodyTouchesIsATimeOut() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: ["123456"]), canVerify: true)
        fixture.keyStore.fail(.userVerification, with: DeviceKeyError(.timedOut, "nobody was there"))
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .clientInstance && response.context.userConsent == .timedOut)
        #expect(response.deviceSignals.snapshot.readings.isEmpty)
    }

    /// A PIN is right or wrong as the key signs.
    @Test(arguments: [
        (DeviceKeyError.Code.cancelled, UserConsent.cancelledUserVerification),
        (.noPrompt, .userVerificationTemporarilyUnavailable),
        (.pinLockedForNow, .userVerificationTemporarilyUnavailable),
        (.pinLocked, .userVerificationPermanentlyUnavailable),
    ])
    func aPersonWhoIsNotVerifiedAsTheKeySignsIsSaidAndNoSignalLeaves(
        _ code: DeviceKeyError.Code, _ consent: UserConsent
    ) async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: ["123456"]), canVerify: true)
        fixture.keyStore.fail(.userVerification, with: DeviceKeyError(code, "not verified"))
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        let response = try #require(try await fixture.verifiedResponse())
        #expect(response.keyType == .proofOfPossession && response.context.userConsent == consent)
        #expect(response.deviceSignals.snapshot.readings.isEmpty)
    }

    @Test(arguments: [DeviceKeyError.Code.deviceRemoved, .unavailable, .keyNotFound])
    func aKeyThatFailsAfterThePINIsAFailureOfTheKey(_ code: DeviceKeyError.Code) async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: ["123456"]), canVerify: true)
        fixture.keyStore.fail(.userVerification, with: DeviceKeyError(code, "gone"))
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 502)
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test(arguments: [DeviceKeyError.Code.keyNotFound, .keyDamaged, .pinLocked], steps)
    func aKeyThatIsOfNoMoreUseIsToBeEnrolledAgain(
        _ code: DeviceKeyError.Code, _ step: MemoryKeyStore.Step
    ) async throws {
        let fixture = try await LoopbackFixture()
        fixture.keyStore.fail(.proofOfPossession, at: step, with: DeviceKeyError(code, "of no use"))
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 502 && answer.body.contains("enrol this device again"))
        #expect(fixture.verifier.requests.isEmpty)
    }

    @Test func aKeyThatCannotSignSilentlyIsNotSaidToBeGone() async throws {
        let fixture = try await LoopbackFixture()
        let error = DeviceKeyError(.interactionNeeded, "it wants a touch")
        fixture.keyStore.fail(.proofOfPossession, at: .unlocking, with: error)
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 502 && answer.body.contains("wants a touch or a PIN"))
        #expect(!answer.body.contains("plugged in") && fixture.verifier.requests.isEmpty)
    }

    @Test(arguments: [DeviceKeyError.Code.deviceRemoved, .permissionDenied, .unsupported, .unavailable], steps)
    func aKeyThatFailsThisTimeIsOpenedAnewTheNextTime(
        _ code: DeviceKeyError.Code, _ step: MemoryKeyStore.Step
    ) async throws {
        let fixture = try await LoopbackFixture()
        fixture.keyStore.fail(.proofOfPossession, at: step, with: DeviceKeyError(code, "not now"))
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 502 && answer.body.contains("plugged in"))
        #expect(!answer.body.contains("enrol"))
        #expect(fixture.verifier.requests.isEmpty && fixture.keyStore.opened == 1)
        fixture.keyStore.fail(.proofOfPossession, with: nil)
        for _ in 0..<2 { #expect(try await fixture.post(try await fixture.challenge())?.status == 200) }
        #expect(fixture.keyStore.opened == 2)
    }

    @Test(arguments: steps) func theKeyOfRefusalsThatFailsIsNotAskedToSaySo(_ step: MemoryKeyStore.Step) async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(.denied))
        fixture.keyStore.fail(.clientInstance, at: step, with: DeviceKeyError(.timedOut, "too slow"))
        let asking = try await fixture.challenge { $0.userMediation = .required }
        #expect(try await fixture.post(asking)?.status == 502)
        #expect(fixture.verifier.requests.isEmpty)
        #expect(fixture.keyStore.signed.count == (step == .signing ? 1 : 0))
    }

    @Test(arguments: [
        (401, ErrorCode.invalidToken, true), (404, .enrollmentNotFound, false), (410, .transactionOver, false),
    ])
    func whatTheVerifierDoesNotTakeIsLookedAfter(status: Int, code: ErrorCode, isKeys: Bool) async throws {
        let fixture = try await LoopbackFixture(respond: { _ in StubVerifier.refused(status, code) })
        #expect(try await fixture.post(try await fixture.challenge())?.status == 502)
        #expect(fixture.refusals.all == (isKeys ? [fixture.enrollment.id] : []))
    }

    @Test func whatTheVerifierTakesIsNotLookedAfter() async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        #expect(fixture.refusals.all.isEmpty)
    }
}
