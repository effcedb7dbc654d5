// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import DeviceSignals
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Which of several keys of a purpose signs.
@Suite(.serialized) struct KeyCandidatesTests {
    private static let steps: [MemoryKeyStore.Step] = [.unlocking, .signing]

    private func pin(_ claims: inout ChallengeClaims) { claims.userVerification = .required }

    /// An agent whose enrolment has a second key of a purpose.
    private func fixture(
        _ purpose: KeyPurpose, pins: [String] = ["123456"], isConfirmed: Bool = true, name: String? = nil
    ) async throws -> (LoopbackFixture, first: StoredKey, spare: StoredKey) {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: pins), canVerify: true)
        let spare = try await fixture.keyStore.generate(purpose, presence: NobodyPresent())
        try await fixture.store.add(
            EnrolledSpare(key: spare, isConfirmed: isConfirmed), named: name.flatMap { KeyName($0) },
            to: fixture.enrollment.id)
        return (fixture, try #require(fixture.enrollment.signingKeys(for: purpose).first), spare)
    }

    /// The only response, which one of these keys has to have signed.
    private func response(_ fixture: LoopbackFixture, by key: StoredKey) async throws -> ResponseClaims {
        let response = try #require(try await fixture.responses(count: 1).first)
        #expect(response.keyID == key.id)
        return try response.verify(with: key.publicKey).claims
    }

    /// The keys of what reached the verifier before the page was answered.
    private func signers(_ fixture: LoopbackFixture) async throws -> [String] {
        fixture.verifier.requests.isEmpty ? [] : try await fixture.responses(count: 1).compactMap(\.keyID)
    }

    @Test func theFirstKeySignsWhereItIsHere() async throws {
        for purpose in [KeyPurpose.proofOfPossession, .userVerification] {
            let (fixture, first, _) = try await fixture(purpose)
            let challenge = try await fixture.challenge { if purpose == .userVerification { pin(&$0) } }
            #expect(try await fixture.post(challenge)?.status == 200)
            #expect(try await response(fixture, by: first).keyType.rawValue == purpose.rawValue)
            #expect(fixture.prompt.timesPrepared == (purpose == .userVerification ? 1 : 0))
        }
    }

    @Test(arguments: [DeviceKeyError.Code.keyNotFound, .deviceRemoved], steps)
    func aSilentKeyThatIsNotHereGivesWay(_ code: DeviceKeyError.Code, _ step: MemoryKeyStore.Step) async throws {
        let (fixture, first, spare) = try await fixture(.proofOfPossession)
        fixture.keyStore.fail(first, at: step, with: DeviceKeyError(code, "not here"))
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        #expect(try await response(fixture, by: spare).keyType == .proofOfPossession)
    }

    @Test(
        arguments: [
            DeviceKeyError.Code.keyDamaged, .pinLocked, .cancelled, .timedOut, .noPrompt, .interactionNeeded,
            .permissionDenied, .unsupported, .unavailable,
        ], steps)
    func aSilentKeyThatFailsOtherwiseGivesWayToNone(
        _ code: DeviceKeyError.Code, _ step: MemoryKeyStore.Step
    ) async throws {
        let (fixture, first, spare) = try await fixture(.proofOfPossession)
        fixture.keyStore.fail(first, at: step, with: DeviceKeyError(code, "so it is"))
        _ = try await fixture.post(try await fixture.challenge())
        #expect(try await !signers(fixture).contains(spare.id))
        #expect(fixture.keyStore.signed.filter { $0 == .proofOfPossession }.count == (step == .signing ? 1 : 0))
    }

    @Test func whereNoSilentKeyIsHereNothingIsSent() async throws {
        let (fixture, first, spare) = try await fixture(.proofOfPossession)
        fixture.keyStore.fail(first, with: DeviceKeyError(.keyNotFound, "lost"))
        fixture.keyStore.fail(spare, with: DeviceKeyError(.deviceRemoved, "in the drawer"))
        let answer = try #require(try await fixture.post(try await fixture.challenge()))
        #expect(answer.status == 502 && answer.body.contains("plugged in"))
        #expect(fixture.verifier.requests.isEmpty)
        fixture.keyStore.fail(spare, with: nil)
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .userVerification])
    func aKeyThatIsNotConfirmedNeverSigns(_ purpose: KeyPurpose) async throws {
        let (fixture, first, spare) = try await fixture(purpose, isConfirmed: false)
        fixture.keyStore.fail(first, with: DeviceKeyError(.keyNotFound, "lost"))
        let challenge = try await fixture.challenge { if purpose == .userVerification { pin(&$0) } }
        _ = try await fixture.post(challenge)
        #expect(try await !signers(fixture).contains(spare.id))
        #expect(fixture.prompt.pinRequests.isEmpty)
        try await fixture.store.confirmKey(id: spare.id)
    }

    // MARK: - Behind a PIN

    @Test(arguments: [DeviceKeyError.Code.keyNotFound, .deviceRemoved, .pinLocked])
    func aKeyBehindAPINThatIsNotHereOrLockedGivesWay(_ code: DeviceKeyError.Code) async throws {
        let (fixture, first, spare) = try await fixture(.userVerification)
        fixture.keyStore.fail(first, with: DeviceKeyError(code, "not here"))
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        let claims = try await response(fixture, by: spare)
        #expect(claims.keyType == .userVerification && claims.context.userConsent == .approvedUserVerification)
        #expect(fixture.prompt.pinRequests.count == 1)
    }

    @Test func aPersonWhoGivesUpIsNotAskedForAnotherKeysPIN() async throws {
        let (fixture, _, _) = try await fixture(.userVerification, pins: ["000000"])
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        let claims = try await response(fixture, by: fixture.enrollment.proofOfPossession)
        #expect(claims.context.userConsent == .cancelledUserVerification)
        #expect(fixture.prompt.pinRequests.count == 2)
    }

    @Test(arguments: [
        DeviceKeyError.Code.cancelled, .timedOut, .noPrompt, .unavailable, .unsupported, .permissionDenied, .keyDamaged,
    ])
    func aPINThatIsWrongOrRefusedGivesWayToNone(_ code: DeviceKeyError.Code) async throws {
        let (fixture, first, spare) = try await fixture(.userVerification)
        fixture.keyStore.fail(first, with: DeviceKeyError(code, "refused"))
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        #expect(try await !signers(fixture).contains(spare.id))
        #expect(fixture.prompt.pinRequests.isEmpty)
    }

    @Test func whereTheOthersAreLostALockedKeyIsSaid() async throws {
        let (fixture, first, spare) = try await fixture(.userVerification)
        fixture.keyStore.fail(first, with: DeviceKeyError(.pinLocked, "locked"))
        fixture.keyStore.unplug(spare)
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        let claims = try await response(fixture, by: fixture.enrollment.proofOfPossession)
        #expect(claims.context.userConsent == .userVerificationPermanentlyUnavailable)
    }

    @Test func aKeyThatIsPulledOutIsNotWaitedForWhereAnotherIsHere() async throws {
        let (fixture, first, spare) = try await fixture(.userVerification, name: "blue key")
        fixture.keyStore.unplug(first)
        #expect(try await fixture.post(try await fixture.challenge(pin))?.status == 200)
        #expect(try await response(fixture, by: spare).keyType == .userVerification)
        #expect(!fixture.prompt.actions.contains { $0.kind == .insert })
        #expect(fixture.prompt.pinRequests.map(\.deviceName) == ["blue key"])
    }

    @Test(arguments: [false, true])
    func whereNoneIsHereWhicheverComesFirstIsTaken(_ firstComes: Bool) async throws {
        let (fixture, first, spare) = try await fixture(.userVerification, name: "blue key")
        for key in [first, spare] { fixture.keyStore.unplug(key) }
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(pin), on: connection)
        for _ in 0..<500 where fixture.prompt.actions.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        #expect(
            fixture.prompt.actions == [HardwareAction(.insert, deviceName: "key of userVerification or blue key")])
        #expect(fixture.prompt.pinRequests.isEmpty)
        fixture.keyStore.plugIn(firstComes ? first : spare)
        #expect(await connection.answer()?.status == 200)
        #expect(try await response(fixture, by: firstComes ? first : spare).keyType == .userVerification)
        #expect(fixture.prompt.pinRequests.count == 1)
    }

    @Test func thePageThatLeavesEndsTheWaitForSeveralKeys() async throws {
        let (fixture, first, spare) = try await fixture(.userVerification)
        for key in [first, spare] { fixture.keyStore.unplug(key) }
        let connection = try RawHTTPConnection(port: fixture.port)
        fixture.send(try await fixture.challenge(pin), on: connection)
        for _ in 0..<500 where fixture.prompt.actions.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        connection.close()
        for _ in 0..<500 where await fixture.server.status().isPrompting {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await !fixture.server.status().isPrompting)
        #expect(fixture.verifier.requests.isEmpty && fixture.prompt.pinRequests.isEmpty)
    }
}
