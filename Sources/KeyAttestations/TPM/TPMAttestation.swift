// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A key that an attestation key of the same TPM certified, where the attestation key was shown to be in the TPM of an endorsement
/// key (TPM 2.0 Part 1 §9.5.3.3).
struct TPMAttestation {
    private let evidence: AttestationEvidence
    private let anchors: TrustedCertificates
    private let policy: AttestationPolicy

    init(_ evidence: AttestationEvidence, anchors: TrustedCertificates, policy: AttestationPolicy) {
        self.evidence = evidence
        self.anchors = anchors
        self.policy = policy
    }

    func verify(_ expectation: AttestationExpectation) throws(AttestationRefusal) -> AttestedKey {
        guard evidence.certificates.isEmpty else { throw .unexpected(part: "x5c") }
        guard let activation = expectation.activation else { throw .tpm(.notActivated) }
        // First: to a TPM that nobody vouches for no secret was sealed, so its statement has none.
        let identity = try activation.identity.verify(against: anchors, at: expectation.time)
        guard try evidence.part("attestationKey") == activation.identity.attestationKey else {
            throw .tpm(.attestationKeyMismatch)
        }
        guard ConstantTime.equal(try evidence.part("activatedSecret"), activation.secret) else {
            throw .tpm(.secretMismatch)
        }
        let area = try UnverifiedTPMIdentity.area(try evidence.part("publicArea"), part: "publicArea")
        try checkCertification(of: area, by: identity.attestationKey, expectation)
        try check(area, expectation)
        var key = AttestedKey(
            publicKey: expectation.publicKey, format: .tpm, attestationType: .attestationCA, protection: .hardware,
            model: .tpm(identity.model), trustPath: identity.trustPath)
        // That a key is under the protection against guessing does not show that it has a PIN; that one for user verification is
        // not, shows that nothing of the TPM's keeps it from signing.
        if expectation.purpose == .userVerification, area.attributes.contains(.noDA) {
            key.verification = .notRequired
        }
        return key
    }

    private func checkCertification(
        of area: TPMPublicArea, by attestationKey: TPMPublicArea, _ expectation: AttestationExpectation
    ) throws(AttestationRefusal) {
        let signed = try evidence.part("certifyInfo")
        let signatureBytes = try evidence.part("signature")
        guard let signature = try? TPMSignature(signatureBytes) else { throw .malformed(part: "signature") }
        guard signature.verifies(signed, with: attestationKey.publicKey) else { throw .signatureMismatch }
        let certification: TPMCertification
        do {
            certification = try TPMCertification(signed)
        } catch {
            switch error {
            case .malformed: throw .malformed(part: "certifyInfo")
            case .notGeneratedByTPM: throw .tpm(.notGeneratedByTPM)
            case .notACertification: throw .tpm(.notACertification)
            }
        }
        guard ConstantTime.equal(certification.extraData, SHA256.hash(expectation.challenge)) else {
            throw .challengeMismatch
        }
        guard let name = try? area.name(), certification.name == name else { throw .tpm(.nameMismatch) }
    }

    private func check(_ area: TPMPublicArea, _ expectation: AttestationExpectation) throws(AttestationRefusal) {
        guard area.publicKey == expectation.publicKey else { throw .keyMismatch }
        guard area.attributes.isSuperset(of: [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .sign]) else {
            throw .tpm(.keyAttributes)
        }
        let isGuarded = !area.attributes.contains(.noDA)
        guard expectation.purpose != .userVerification || isGuarded || policy.acceptsFingerprintReaders else {
            throw .tpm(.notProtectedAgainstGuessing)
        }
    }
}
