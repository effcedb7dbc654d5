// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct AuthenticationProofTests {
    private static func hardware(
        _ kind: EnrolledHardware.Kind, attested: Bool = true, touch: Bool = false
    ) -> EnrolledHardware {
        EnrolledHardware(kind: kind, isAttested: attested, model: nil, verifiesUser: true, wantsTouch: touch)
    }

    /// The claims of a genuine response, changed.
    private func claims(_ keyType: ResponseKeyType, _ methods: [String], consent: UserConsent) async throws
        -> ResponseClaims
    {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(userVerification: .none))
        var claims = try await agent.claims(to: try await world.challenge(handle), consent: consent, keyType: keyType)
        claims.methods = methods
        return claims
    }

    @Test(arguments: [
        (nil, ["swk", "pin", "mfa", "pop"], "phr"),
        (hardware(.fido2, touch: true), ["hwk", "pin", "user", "mfa", "pop"], "phrh"),
        (hardware(.piv), ["hwk", "sc", "pin", "mfa", "pop"], "phrh"),
        (hardware(.tpm), ["hwk", "pin", "mfa", "pop"], "phrh"),
        (hardware(.fido2, attested: false, touch: true), ["pin", "user", "mfa", "pop"], "phr"),
        (hardware(.piv, attested: false), ["pin", "mfa", "pop"], "phr"),
    ])
    func aVerifiedPersonsKeySaysWhatWasProven(
        hardware: EnrolledHardware?, methods: [String], contextClass: String
    ) async throws {
        let claims = try await claims(.userVerification, ["pin"], consent: .approvedUserVerification)
        let proof = AuthenticationProof(claims: claims, hardware: hardware)
        #expect(proof.methods == methods)
        #expect(proof.contextClass == contextClass)
    }

    @Test func aFingerIsSaidAsSuch() async throws {
        let claims = try await claims(.userVerification, ["fpt"], consent: .approvedUserVerification)
        let proof = AuthenticationProof(claims: claims, hardware: Self.hardware(.fido2, touch: true))
        #expect(proof.methods == ["hwk", "fpt", "user", "mfa", "pop"])
    }

    @Test func possessionIsOneFactor() async throws {
        let claims = try await claims(.proofOfPossession, [], consent: .approvedConsentPrompt)
        #expect(
            AuthenticationProof(claims: claims, hardware: Self.hardware(.tpm)).methods == ["hwk", "user", "pop"])
    }

    @Test func aWayThatShowsNoOriginIsNotPhishingResistant() async throws {
        var claims = try await claims(.userVerification, ["pin"], consent: .approvedUserVerification)
        claims.context.bindingType = .customURI
        #expect(AuthenticationProof(claims: claims, hardware: Self.hardware(.tpm)).contextClass == nil)
    }

    @Test(arguments: [
        (ResponseKeyType.userVerification, []), (.userVerification, ["pin", "fpt"]), (.userVerification, ["hwk"]),
        (.proofOfPossession, ["pin"]),
    ])
    func aWayOfVerificationThatIsNotTheKeysIsRefused(keyType: ResponseKeyType, methods: [String]) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(userVerification: .preferred))
        let challenge = try await world.challenge(handle)
        let consent: UserConsent = keyType == .userVerification ? .approvedUserVerification : .none
        let response = try await agent.response(to: challenge, consent: consent, keyType: keyType) {
            $0.methods = methods
        }
        let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
        #expect(error.code == .invalidToken)
    }
}
