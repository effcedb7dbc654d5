// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import KeyAttestations
internal import WireProtocol

/// What the verifier believes of the hardware of new keys.
struct AttestationService: Sendable {
    let settings: AttestationSettings
    let issuer: String
    let challenges: AttestationChallenges
    let clock: VerifierClock
    let rateLimiter: RateLimiter
    let responders = OCSPResponders()

    private var verifier: AttestationVerifier {
        AttestationVerifier(anchors: settings.anchors, policy: settings.policy)
    }

    /// Gives the bytes that hardware is to certify, and seals a secret to a TPM that shows who it is.
    ///
    /// - Throws: ``VerifierError``.
    func challenge(for request: AttestationRequest, address: String) async throws -> AttestationChallenge {
        try await rateLimiter.spend(.enrollment, by: address)
        guard TextBounds.isIdentifier(request.requestID, upTo: 128), request.requestID.utf8.count >= 16 else {
            throw Self.refusal("requestId must be 16 to 128 printable ASCII characters")
        }
        let now = clock.now()
        let challenge = try challenges.make(requestID: request.requestID, now: now)
        guard let tpm = request.tpm else { return AttestationChallenge(challenge: challenge) }
        let identity: VerifiedTPMIdentity
        do {
            identity = try verifier.verify(UnverifiedTPMIdentity(tpm), at: now)
        } catch  where error.isOnlyUnproven {
            // Nobody vouches for this TPM: its keys can be enrolled as ones of which nothing is known, where policy lets them.
            return AttestationChallenge(challenge: challenge)
        } catch {
            throw Self.refusal("\(error)")
        }
        let sealed = try identity.seal(try challenges.activationSecret(for: challenge))
        return AttestationChallenge(
            challenge: challenge,
            tpm: .init(credentialBlob: sealed.credentialBlob, encryptedSecret: sealed.encryptedSecret))
    }

    /// Judges the statements of an enrolment; gives its keys with what is known of their hardware.
    ///
    /// - Throws: ``VerifierError`` where a statement is wrong, or proves too little for the policy.
    func judge(_ proposal: EnrollmentProposal) async throws -> EnrollmentProposal {
        let attestations = proposal.request.methods.signedNonce.attestations
        let requestID = proposal.request.requestID
        var judged = proposal
        judged.proofOfPossession.hardware = try await hardware(
            of: proposal.proofOfPossession, for: .proofOfPossession, by: attestations?.proofOfPossession,
            in: attestations, requestID: requestID)
        if let key = proposal.userVerification {
            judged.userVerification?.hardware = try await hardware(
                of: key, for: .userVerification, by: attestations?.userVerification, in: attestations,
                requestID: requestID)
        }
        try demandAttestation(ofOneOf: judged.signInKeys)
        return judged
    }

    /// Judges the statement about a spare key; gives the key with what is known of its hardware.
    ///
    /// Where the organisation wants attested hardware, each spare must be in such: it signs in without the others.
    /// - Throws: ``VerifierError`` where the statement is wrong, or proves too little for the policy.
    func judge(_ proposal: AddedKeyProposal) async throws -> AddedKeyProposal {
        var judged = proposal
        judged.key.hardware = try await hardware(
            of: proposal.key,
            for: proposal.request.keyType == .userVerification ? .userVerification : .proofOfPossession,
            by: proposal.attestation, in: proposal.request.attestations, requestID: proposal.request.requestID)
        try demandAttestation(ofOneOf: [judged.key])
        return judged
    }

    private func demandAttestation(ofOneOf keys: [EnrolledKey]) throws(VerifierError) {
        guard settings.requiresAttestation, !keys.contains(where: \.isAttested) else { return }
        throw Self.refusal("this organisation wants a key in attested hardware: use --key fido2, piv or tpm")
    }

    private func hardware(
        of key: EnrolledKey, for purpose: AttestationExpectation.Purpose, by statement: AttestationStatement?,
        in attestations: EnrollmentRequest.Attestations?, requestID: String
    ) async throws -> EnrolledHardware? {
        // A key without a statement is a key in a file: the assertions that a security key makes are refused as its signatures.
        guard let statement, let attestations else { return nil }
        guard let format = AttestationEvidence.Format(rawValue: statement.format) else {
            throw Self.refusal("the attestation is of the unknown format \(statement.format.prefix(64))")
        }
        let challenge = attestations.challenge
        let now = clock.now()
        guard try challenges.accepts(challenge, requestID: requestID, now: now) else {
            throw Self.refusal("the attestation answers a challenge that is not this request's, or too old: try again")
        }
        do {
            let evidence = try AttestationEvidence(
                format: format, parts: statement.parts, certificates: statement.certificates)
            let expectation = AttestationExpectation(
                publicKey: try key.publicKey(), purpose: purpose, challenge: challenge, issuer: issuer, time: now,
                activation: try attestations.tpm.map {
                    TPMActivation(
                        identity: UnverifiedTPMIdentity($0), secret: try challenges.activationSecret(for: challenge))
                })
            return EnrolledHardware(
                try await informedVerifier(about: evidence, expectation).verify(evidence, expecting: expectation),
                purpose: purpose)
        } catch let refusal as AttestationRefusal where refusal.isOnlyUnproven {
            return EnrolledHardware(unproven: format)
        } catch let refusal as AttestationRefusal {
            throw Self.refusal("\(refusal)")
        }
    }

    /// The verifier, with what responders say of a card where they are to be asked.
    private func informedVerifier(
        about evidence: AttestationEvidence, _ expectation: AttestationExpectation
    ) async throws -> AttestationVerifier {
        guard settings.cardOCSP == .fetch else { return verifier }
        let questions = try verifier.openQuestions(about: evidence, expecting: expectation)
        return verifier.hearing(await responders.answers(to: questions, at: expectation.time))
    }

    private static func refusal(_ summary: String) -> VerifierError {
        VerifierError(400, .validation, "The request is not acceptable: \(summary).")
    }
}

extension UnverifiedTPMIdentity {
    init(_ tpm: AttestationRequest.TPM) {
        self.init(
            endorsementCertificates: tpm.endorsementCertificates, endorsementKey: tpm.endorsementKey,
            attestationKey: tpm.attestationKey)
    }
}
