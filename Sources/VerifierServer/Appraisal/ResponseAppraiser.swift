// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WebAuthn
internal import WireProtocol

/// Checks a response against what the verifier knows, in a fixed order, and says what it means. Changes nothing.
struct ResponseAppraiser: Sendable {
    /// How many seconds a device's clock may differ from the verifier's.
    static let toleratedSkew: Int64 = 60

    let issuer: String
    let keyCache: PublicKeyCache
    /// Whether a fingerprint reader of the device's counts as verification.
    let takesFingerprintReaders: Bool

    /// Checks a response, claim by claim; nothing later is looked at before all earlier hold.
    ///
    /// Whether the transaction is still open when the outcome is written down is for the caller's transaction to check again.
    func appraise(
        _ response: UnverifiedResponse, of transactionID: String, on evidence: ResponseEvidence, now: Int64
    ) throws(ResponseRefusal) -> Appraisal {
        let isReport = response.claims.context.userConsent == .phishingDetected
        let (transaction, challenge) = try openTransaction(evidence, acceptsAbandoned: isReport, now: now)
        let enrollment = try enrollment(evidence, of: transaction, challenge: challenge)
        let key = try key(of: response, in: enrollment)
        let verified = try verify(response, with: key)
        let claims = verified.claims
        try checkChallenge(claims, challenge: challenge, transactionID: transactionID)
        try checkParties(claims, evidence: evidence, enrollment: enrollment, userID: transaction.userID)
        try checkStanding(evidence)
        try checkTime(claims, now: now)
        if isReport { return try report(claims, challenge: challenge) }
        try checkOrigin(claims, challenge: challenge)
        try checkBinding(claims, challenge: challenge)
        let failure = try ConsentAppraisal(challenge: challenge, claims: claims).failure()
        if let failure { return .declined(failure) }
        try checkVerification(verified, by: key)
        try checkProtection(by: key, challenge: challenge)
        let proof = AuthenticationProof(claims: claims, hardware: key.hardware, assertion: verified.assertion)
        let report = ReportedDevice(claims, to: challenge)
        return .signIn(identity(proof, by: key, of: enrollment, now: now), report, proof)
    }

    // MARK: - Before the signature

    /// The transaction and its challenge.
    ///
    /// - Parameter acceptsAbandoned: whether a challenge that the page gave up counts, too. A page that relays challenges would
    ///   otherwise keep the report about it out by giving up first.
    private func openTransaction(
        _ evidence: ResponseEvidence, acceptsAbandoned: Bool, now: Int64
    ) throws(ResponseRefusal) -> (SignInTransaction, IssuedChallenge) {
        guard let transaction = evidence.transaction else {
            throw .unauthentic(404, .notFound, "There is no such transaction.")
        }
        let abandoned = acceptsAbandoned ? transaction.abandonedChallenge : nil
        guard let challenge = transaction.challenge ?? abandoned, now < challenge.expiresAt, now < transaction.endsAt
        else {
            throw .unauthentic(
                410, .transactionOver, "This transaction is over: it was answered, ran out or was replaced.")
        }
        return (transaction, challenge)
    }

    private func enrollment(
        _ evidence: ResponseEvidence, of transaction: SignInTransaction, challenge: IssuedChallenge
    ) throws(ResponseRefusal) -> EnrollmentRecord {
        guard let enrollment = evidence.enrollment, enrollment.userID == transaction.userID else {
            throw .unauthentic(404, .enrollmentNotFound, "The person who signs in has no such enrolment.")
        }
        // What was proven by one device is not to be completed by the good state of another.
        guard challenge.isRecheck != true || transaction.earned?.enrollmentID == enrollment.id else {
            throw .unauthentic(404, .enrollmentNotFound, "Another device answers than the one that signed in.")
        }
        return enrollment
    }

    private func key(
        of response: UnverifiedResponse, in enrollment: EnrollmentRecord
    ) throws(ResponseRefusal) -> EnrolledKey {
        guard let enrolled = enrollment.key(named: response.keyID, for: response.claims.keyType) else {
            throw .unauthentic(401, .invalidToken, "The response names a key that this enrolment does not have.")
        }
        return enrolled
    }

    private func verify(
        _ response: UnverifiedResponse, with key: EnrolledKey
    ) throws(ResponseRefusal) -> VerifiedResponse {
        do {
            let publicKey = try keyCache.key(of: key)
            guard key.hardware?.kind == .fido2 else { return try response.verify(with: publicKey) }
            return try response.verifyAssertion(by: publicKey, issuer: issuer)
        } catch {
            throw .unauthentic(401, .invalidToken, "The response's signature is not its key's.")
        }
    }

    // MARK: - What it answers, and for whom

    private func checkChallenge(
        _ claims: ResponseClaims, challenge: IssuedChallenge, transactionID: String
    ) throws(ResponseRefusal) {
        guard ConstantTime.equal(claims.challengeHash, challenge.hash) else {
            throw ResponseRefusal(
                error: VerifierError(410, .transactionOver, "The response answers a challenge that was replaced."),
                failure: nil, reason: "The response answers another challenge.")
        }
        guard ConstantTime.equal(claims.nonce, challenge.nonce) else {
            throw .foreign("The response repeats another nonce than the challenge's.")
        }
        guard claims.transactionID == transactionID else {
            throw .foreign("The response names another transaction.")
        }
    }

    private func checkParties(
        _ claims: ResponseClaims, evidence: ResponseEvidence, enrollment: EnrollmentRecord, userID: String?
    ) throws(ResponseRefusal) {
        guard claims.audience == issuer else { throw .foreign("The response is for another verifier.") }
        guard claims.userID == userID else { throw .foreign("The response names another person.") }
        guard claims.methodEnrollmentID == enrollment.methodID else {
            throw .foreign("The response names another method's enrolment.")
        }
        guard claims.deviceSignals.deviceID == enrollment.deviceID,
            evidence.device.map({ $0.clientInstanceID == claims.deviceSignals.clientInstanceID }) ?? true
        else { throw .foreign("The response names another device.") }
    }

    private func checkStanding(_ evidence: ResponseEvidence) throws(ResponseRefusal) {
        let refusal =
            IdentityStanding.refusal(of: evidence.user)
            ?? IdentityStanding.refusal(of: evidence.enrollment, on: evidence.device)
        if let refusal { throw ResponseRefusal(error: refusal, failure: .notActive, reason: refusal.summary) }
    }

    /// That `nbf` and `exp` lie 300 seconds before and after `iat` was checked when the claims were read.
    private func checkTime(_ claims: ResponseClaims, now: Int64) throws(ResponseRefusal) {
        let (difference, overflow) = claims.issuedAt.subtractingReportingOverflow(now)
        guard !overflow, (-Self.toleratedSkew...Self.toleratedSkew).contains(difference) else {
            let side = claims.issuedAt > now ? "ahead of" : "behind"
            let amount = overflow ? "far" : "\(difference.magnitude) seconds"
            let words =
                "The device's clock is \(amount) \(side) the verifier's; \(Self.toleratedSkew) seconds are tolerated. "
                + "Set the device's clock, for instance with 'timedatectl set-ntp true', then try again."
            throw ResponseRefusal(
                error: VerifierError(400, .clockSkew, words), failure: .clockSkew, reason: "The device's clock is off.")
        }
    }

    // MARK: - How it arrived

    private func report(
        _ claims: ResponseClaims, challenge: IssuedChallenge
    ) throws(ResponseRefusal) -> Appraisal {
        guard claims.keyType != .userVerification, let origin = claims.context.originHeader else {
            throw .foreign(
                "The report of a phishing attempt has no origin, or was signed by a key that asks the person.")
        }
        return .phishingReport(
            origin: String(origin.prefix(300)), isForeign: !challenge.allowedOrigins.contains(origin))
    }

    private func checkOrigin(_ claims: ResponseClaims, challenge: IssuedChallenge) throws(ResponseRefusal) {
        guard claims.context.bindingType == .loopback else {
            guard claims.context.originHeader == nil else {
                throw .foreign("The response names a page's origin for a challenge that no page brought.")
            }
            return
        }
        guard let origin = claims.context.originHeader, challenge.allowedOrigins.contains(origin) else {
            throw ResponseRefusal(
                error: VerifierError(
                    403, .phishingAttemptDetected,
                    "The challenge was carried by a page that is not this organisation's. Do not sign in there."),
                failure: .phishing, reason: AuditReason.phishing)
        }
    }

    private func checkBinding(_ claims: ResponseClaims, challenge: IssuedChallenge) throws(ResponseRefusal) {
        guard challenge.bindings.contains(claims.context.bindingType) else {
            throw ResponseRefusal(
                error: VerifierError(403, .validation, "The challenge does not allow this way to the agent."),
                failure: nil, reason: "The challenge arrived by a way that it does not allow.")
        }
    }

    /// A security key says with each signature whether it verified the person; the agent's word for it is worth nothing. Of another
    /// key's fingerprint there is only the agent's word, which the organisation takes or does not.
    private func checkVerification(
        _ response: VerifiedResponse, by key: EnrolledKey
    ) throws(ResponseRefusal) {
        guard response.claims.keyType == .userVerification else { return }
        guard let assertion = response.assertion else { return try checkFinger(response.claims, key: key) }
        guard assertion.userVerified, assertion.userPresent else {
            throw .foreign("The security key signed without verifying the person.")
        }
    }

    private func checkFinger(_ claims: ResponseClaims, key: EnrolledKey) throws(ResponseRefusal) {
        guard claims.methods == ["fpt"] else {
            guard key.hardware?.isWithoutPIN != true else {
                throw .foreign("The response says that a PIN was entered, and the key that signed it has none.")
            }
            return
        }
        guard takesFingerprintReaders else {
            throw ResponseRefusal(
                error: VerifierError(
                    400, .userVerificationKeyRequired,
                    "This organisation does not take the device's fingerprint reader for verification. Enrol the device again "
                        + "with a PIN, or with a security key."),
                failure: .userVerificationUnavailable, reason: AuditReason.fingerprintReader)
        }
    }

    /// What a key says of itself, or the agent of it, is worth nothing: what its attestation proved at enrolment counts.
    private func checkProtection(by key: EnrolledKey, challenge: IssuedChallenge) throws(ResponseRefusal) {
        guard challenge.keyProtection == .hardware else { return }
        guard key.hardware?.isAttested == true else {
            throw ResponseRefusal(
                error: VerifierError(
                    400, .hardwareKeyRequired,
                    "This app wants a key in hardware that proved itself to this organisation. Enrol such a key."),
                failure: .hardwareKeyRequired, reason: AuditReason.keyProtection)
        }
    }

    // MARK: - What it is worth

    private func identity(
        _ proof: AuthenticationProof, by key: EnrolledKey, of enrollment: EnrollmentRecord, now: Int64
    ) -> AuthenticatedIdentity {
        var identity = AuthenticatedIdentity(
            userID: enrollment.userID, deviceID: enrollment.deviceID, enrollmentID: enrollment.id,
            authenticatedAt: now, methods: proof.methods, contextClass: proof.contextClass,
            keyThumbprint: key.thumbprint)
        identity.proofs = [proof.authenticator(at: now)]
        return identity
    }
}

/// Reasons that the audit log and its readers know.
enum AuditReason {
    /// A page of another origin carried a challenge.
    static let phishing = "FastPass declined phishing attempt"
    /// The organisation takes no fingerprint readers of devices.
    static let fingerprintReader = "A fingerprint reader verified the person, and sign_in.fingerprint_readers is false"
    /// A key signed that is not proven to be in hardware, where the app wants one that is.
    static let keyProtection = "The key that signed is not in attested hardware, and key_protection is HARDWARE"
    /// A security key's signature counter did not grow.
    static let copiedKey = "The security key's signature counter did not grow: it may have been copied"
}
