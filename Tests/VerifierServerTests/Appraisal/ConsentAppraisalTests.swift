// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

/// What a challenge asks, what the agent answers, and what comes of it.
struct ConsentCase: Sendable, CustomTestStringConvertible {
    let verification: UserVerificationRequirement
    let mediation: UserMediation
    let consent: UserConsent
    let keyType: ResponseKeyType
    /// The view after it; `refused` where the agent is told an error and the challenge stays.
    let outcome: String
    var methods: [String] = []

    init(
        _ verification: UserVerificationRequirement, _ mediation: UserMediation, _ consent: UserConsent,
        _ keyType: ResponseKeyType, _ outcome: String, _ methods: [String] = []
    ) {
        self.verification = verification
        self.mediation = mediation
        self.consent = consent
        self.keyType = keyType
        self.outcome = outcome
        self.methods = methods
    }

    var testDescription: String {
        "\(verification.rawValue), \(mediation.rawValue): \(consent.rawValue) by \(keyType.rawValue)"
    }

    static let all: [ConsentCase] = [
        .init(.none, .none, .none, .proofOfPossession, "success", ["swk", "pop"]),
        .init(.discouraged, .none, .none, .proofOfPossession, "success", ["swk", "pop"]),
        .init(.none, .none, .approvedConsentPrompt, .proofOfPossession, "success", ["swk", "user", "pop"]),
        .init(.none, .required, .approvedConsentPrompt, .proofOfPossession, "success", ["swk", "user", "pop"]),
        .init(.none, .optional, .approvedConsentPrompt, .proofOfPossession, "success", ["swk", "user", "pop"]),
        .init(.none, .required, .none, .proofOfPossession, "refused"),
        .init(.none, .optional, .none, .proofOfPossession, "refused"),
        .init(.none, .none, .approvedUserVerification, .userVerification, "refused"),
        .init(.required, .none, .approvedUserVerification, .userVerification, "success", ["swk", "pin", "mfa", "pop"]),
        .init(
            .required, .required, .approvedUserVerification, .userVerification, "success", ["swk", "pin", "mfa", "pop"]),
        .init(
            .preferred, .required, .approvedUserVerification, .userVerification, "success",
            ["swk", "pin", "mfa", "pop"]),
        .init(.preferred, .none, .none, .proofOfPossession, "success", ["swk", "pop"]),
        .init(.preferred, .required, .approvedConsentPrompt, .proofOfPossession, "success", ["swk", "user", "pop"]),
        .init(
            .preferred, .none, .userVerificationTemporarilyUnavailable, .proofOfPossession, "success", ["swk", "pop"]),
        .init(
            .preferred, .required, .userVerificationTemporarilyUnavailable, .proofOfPossession,
            "userVerificationUnavailable"),
        .init(
            .required, .none, .userVerificationTemporarilyUnavailable, .proofOfPossession,
            "userVerificationUnavailable"),
        .init(
            .required, .none, .userVerificationPermanentlyUnavailable, .proofOfPossession,
            "userVerificationUnavailable"),
        .init(.required, .none, .none, .proofOfPossession, "userVerificationUnavailable"),
        .init(.required, .required, .approvedConsentPrompt, .proofOfPossession, "userVerificationUnavailable"),
        .init(.required, .none, .none, .userVerification, "refused"),
        .init(.required, .none, .approvedConsentPrompt, .userVerification, "refused"),
        .init(.required, .none, .approvedUserVerification, .proofOfPossession, "refused"),
        .init(.required, .none, .cancelledUserVerification, .proofOfPossession, "declined"),
        .init(.preferred, .none, .cancelledUserVerification, .proofOfPossession, "declined"),
        .init(.none, .required, .deniedConsentPrompt, .proofOfPossession, "declined"),
        .init(.none, .required, .deniedConsentPrompt, .clientInstance, "declined"),
        .init(.none, .required, .timedOut, .clientInstance, "timedOut"),
        .init(.none, .none, .none, .clientInstance, "refused"),
        .init(.none, .required, .approvedConsentPrompt, .clientInstance, "refused"),
        .init(.required, .none, .approvedUserVerification, .clientInstance, "refused"),
        .init(.preferred, .none, .userVerificationTemporarilyUnavailable, .clientInstance, "refused"),
    ]
}

@Suite struct ConsentAppraisalTests {
    @Test(arguments: ConsentCase.all)
    func wordAndKeyDecide(_ given: ConsentCase) async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf(
            "alice", .fixture(userVerification: given.verification, userMediation: given.mediation))
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(to: challenge, consent: given.consent, keyType: given.keyType)
        if given.outcome == "refused" {
            let error = try await #require(throws: VerifierError.self) { try await world.post(response, to: challenge) }
            #expect(error.code == .invalidToken)
            #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
        } else {
            try await world.post(response, to: challenge)
            let view = try await world.signIn.view(stateHandle: handle)
            #expect(view.name == given.outcome)
            #expect(view.identity?.methods ?? [] == given.methods)
        }
    }

    @Test func softwareKeysNeverCountAsHardware() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let handle = try await world.signInOf("alice", .fixture(userVerification: .required))
        let challenge = try await world.challenge(handle)
        let response = try await agent.response(
            to: challenge, consent: .approvedUserVerification, keyType: .userVerification)
        try await world.post(response, to: challenge)
        let identity = try #require(try await world.signIn.view(stateHandle: handle).identity)
        #expect(identity.contextClass == "phr")
        #expect(!identity.methods.contains("hwk"))
    }
}
