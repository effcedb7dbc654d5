// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A key that an attestation key of the same TPM certified, where the attestation key was shown to be in the TPM of an endorsement
/// key (TPM 2.0 Part 1 §9.5.3.3).
struct TPMAttestation {
    private let evidence: AttestationEvidence
    private let anchors: TrustedCertificates

    init(_ evidence: AttestationEvidence, anchors: TrustedCertificates) {
        self.evidence = evidence
        self.anchors = anchors
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
        return AttestedKey(
            publicKey: expectation.publicKey, format: .tpm, attestationType: .attestationCA, protection: .hardware,
            model: .tpm(identity.model), trustPath: identity.trustPath)
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
        guard expectation.purpose != .userVerification || !area.attributes.contains(.noDA) else {
            throw .tpm(.notProtectedAgainstGuessing)
        }
    }
}
