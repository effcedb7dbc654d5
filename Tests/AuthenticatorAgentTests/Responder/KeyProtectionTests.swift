// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import DeviceSignals
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Challenges that want a key in hardware.
@Suite(.serialized) struct KeyProtectionTests {
    /// A challenge that wants hardware.
    private func challenge(
        _ fixture: LoopbackFixture, _ verification: UserVerificationRequirement = .none,
        _ mediation: UserMediation = .none
    ) async throws -> String {
        try await fixture.challenge {
            $0.keyProtection = .hardware
            $0.userVerification = verification
            $0.userMediation = mediation
        }
    }

    /// An agent whose first keys are files, and beside them these in hardware.
    private func fixture(
        _ purposes: [KeyPurpose] = [], pins: [String] = ["123456"], canVerify: Bool = true
    ) async throws -> (LoopbackFixture, [StoredKey]) {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: pins), canVerify: canVerify)
        var spares: [StoredKey] = []
        for purpose in purposes {
            let spare = try await fixture.hardware.generate(purpose, presence: NobodyPresent())
            try await fixture.store.add(
                EnrolledSpare(key: spare, isConfirmed: true), named: nil, to: fixture.enrollment.id)
            spares.append(spare)
        }
        return (fixture, spares)
    }

    private func response(_ fixture: LoopbackFixture, by key: StoredKey) async throws -> ResponseClaims {
        let response = try #require(try await fixture.responses(count: 1).first)
        #expect(response.keyID == key.id)
        return try response.verify(with: key.publicKey).claims
    }

    @Test func theKeyInHardwareSignsThoughTheOneInAFileIsFirst() async throws {
        let (fixture, spares) = try await fixture([.proofOfPossession])
        #expect(try await fixture.post(try await challenge(fixture))?.status == 200)
        let claims = try await response(fixture, by: spares[0])
        #expect(claims.keyType == .proofOfPossession && claims.context.userConsent == .none)
        #expect(fixture.signals.names.count == 1)
    }

    @Test(arguments: [[true, true], [false, true], [nil, true], [nil, nil], [false, nil], [true, nil]])
    func theFirstKeySignsThatTheVerifierBelievesElseOneOfWhichItHasNotSaid(_ attested: [Bool?]) async throws {
        let (fixture, spares) = try await fixture([.proofOfPossession, .proofOfPossession])
        for (key, attested) in zip(spares, attested) {
            if let attested { try await fixture.store.noteAttested([key.id: attested]) }
        }
        #expect(try await fixture.post(try await challenge(fixture))?.status == 200)
        let expected = attested.firstIndex(of: true) ?? attested.firstIndex(of: nil)
        _ = try await response(fixture, by: spares[try #require(expected)])
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .userVerification])
    func whereTheVerifierBelievesOfNoKeyThatIsSaidAndNobodyIsAsked(_ purpose: KeyPurpose) async throws {
        let (fixture, spares) = try await fixture([purpose])
        try await fixture.store.noteAttested([spares[0].id: false])
        let wanted: UserVerificationRequirement = purpose == .userVerification ? .required : .none
        #expect(try await fixture.post(try await challenge(fixture, wanted))?.status == 200)
        let claims = try await response(fixture, by: fixture.enrollment.clientInstance)
        #expect(claims.context.userConsent == .keyProtectionUnavailable)
        #expect(fixture.prompt.pinRequests.isEmpty && fixture.hardware.signed.isEmpty)
    }

    @Test func whereAnyKeyWillDoItMakesNoDifferenceWhatTheVerifierBelieves() async throws {
        let (fixture, spares) = try await fixture([.proofOfPossession])
        try await fixture.store.noteAttested([fixture.enrollment.proofOfPossession.id: false, spares[0].id: true])
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        _ = try await response(fixture, by: fixture.enrollment.proofOfPossession)
    }

    @Test func aKeyThatWasAddedJustNowSigns() async throws {
        let (fixture, _) = try await fixture()
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        let spare = try await fixture.hardware.generate(.proofOfPossession, presence: NobodyPresent())
        try await fixture.store.add(
            EnrolledSpare(key: spare, isConfirmed: true), named: nil, to: fixture.enrollment.id)
        #expect(try await fixture.post(try await challenge(fixture))?.status == 200)
        #expect(try await fixture.responses(count: 2).map(\.keyID).contains(spare.id))
    }

    @Test(arguments: [UserVerificationRequirement.preferred, .required])
    func theKeyInHardwareVerifiesThePerson(_ requirement: UserVerificationRequirement) async throws {
        let (fixture, spares) = try await fixture([.userVerification])
        #expect(try await fixture.post(try await challenge(fixture, requirement))?.status == 200)
        let claims = try await response(fixture, by: spares[0])
        #expect(claims.keyType == .userVerification && claims.context.userConsent == .approvedUserVerification)
        #expect(fixture.prompt.pinRequests.count == 1)
    }

    @Test func whereAnyKeyWillDoTheFirstSigns() async throws {
        let (fixture, _) = try await fixture([.proofOfPossession])
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        _ = try await response(fixture, by: fixture.enrollment.proofOfPossession)
    }

    @Test(
        arguments: [UserVerificationRequirement.none, .discouraged, .preferred, .required],
        [UserMediation.none, .required])
    func whereAllKeysAreFilesThatIsSaidAndNobodyIsAsked(
        _ requirement: UserVerificationRequirement, _ mediation: UserMediation
    ) async throws {
        let (fixture, _) = try await fixture()
        #expect(try await fixture.post(try await challenge(fixture, requirement, mediation))?.status == 200)
        let claims = try await response(fixture, by: fixture.enrollment.clientInstance)
        #expect(claims.keyType == .clientInstance && claims.context.userConsent == .keyProtectionUnavailable)
        #expect(claims.deviceSignals.snapshot.readings.isEmpty)
        #expect(fixture.signals.names.isEmpty)
        #expect(fixture.prompt.requests.isEmpty && fixture.prompt.pinRequests.isEmpty)
        #expect(fixture.keyStore.signed == [.clientInstance])
    }

    @Test func aVerificationKeyInAFileIsLeftOutWhereVerificationIsOnlyPreferred() async throws {
        let (fixture, spares) = try await fixture([.proofOfPossession])
        #expect(try await fixture.post(try await challenge(fixture, .preferred))?.status == 200)
        let claims = try await response(fixture, by: spares[0])
        #expect(claims.keyType == .proofOfPossession && claims.context.userConsent == .none)
        #expect(fixture.prompt.pinRequests.isEmpty)
    }

    @Test func whereVerificationIsRequiredAPossessionKeyInHardwareIsNotEnough() async throws {
        let (fixture, _) = try await fixture([.proofOfPossession])
        #expect(try await fixture.post(try await challenge(fixture, .required))?.status == 200)
        let claims = try await response(fixture, by: fixture.enrollment.clientInstance)
        #expect(claims.context.userConsent == .keyProtectionUnavailable)
    }

    @Test func withoutAnyVerificationKeyThatIsWhatIsSaid() async throws {
        let (fixture, spares) = try await fixture([.proofOfPossession], canVerify: false)
        #expect(try await fixture.post(try await challenge(fixture, .required))?.status == 200)
        let claims = try await response(fixture, by: spares[0])
        #expect(claims.context.userConsent == .userVerificationPermanentlyUnavailable)
    }

    @Test(arguments: [DeviceKeyError.Code.keyNotFound, .deviceRemoved])
    func aKeyInHardwareThatIsNotHereGivesWayToNoFile(_ code: DeviceKeyError.Code) async throws {
        let (fixture, spares) = try await fixture([.proofOfPossession])
        fixture.hardware.fail(spares[0], with: DeviceKeyError(code, "not here"))
        #expect(try await fixture.post(try await challenge(fixture))?.status == 502)
        #expect(fixture.verifier.requests.isEmpty && fixture.keyStore.signed.isEmpty)
    }

    @Test func aPINThatIsGivenUpIsAskedForNoFileInstead() async throws {
        let (fixture, _) = try await fixture([.userVerification], pins: [])
        #expect(try await fixture.post(try await challenge(fixture, .required))?.status == 200)
        // No possession key is in hardware, and what is said is no sign-in.
        let claims = try await response(fixture, by: fixture.enrollment.proofOfPossession)
        #expect(claims.context.userConsent == .cancelledUserVerification)
        #expect(fixture.prompt.pinRequests.count == 1 && fixture.signals.names.isEmpty)
    }

    @Test func whyThereWasNoVerificationIsSaidByAKeyInHardwareWhereThereIsOne() async throws {
        let (fixture, spares) = try await fixture([.userVerification, .proofOfPossession], pins: [])
        #expect(try await fixture.post(try await challenge(fixture, .preferred))?.status == 200)
        _ = try await response(fixture, by: spares[1])
    }
}
