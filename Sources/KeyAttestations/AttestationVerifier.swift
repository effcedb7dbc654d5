// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Judges statements about keys. Pure: it reads no file, no clock and no network.
public struct AttestationVerifier: Sendable {
    /// Whom it trusts.
    public let anchors: TrustAnchors
    /// What it demands.
    public let policy: AttestationPolicy

    /// A verifier.
    public init(anchors: TrustAnchors, policy: AttestationPolicy = AttestationPolicy()) {
        self.anchors = anchors
        self.policy = policy
    }

    /// Checks a statement against what it must be about.
    ///
    /// - Returns: what is known of the key. Its protection can be unknown: a statement may be true and prove nothing of hardware.
    public func verify(
        _ evidence: AttestationEvidence, expecting expectation: AttestationExpectation
    ) throws(AttestationRefusal) -> AttestedKey {
        switch evidence.format {
        case .fido2:
            try FIDO2Attestation(evidence, anchors: anchors, policy: policy).verify(expectation)
        case .yubiKeyPIV:
            try YubiKeyPIVAttestation(evidence, anchors: anchors.yubiKeyPIV, policy: policy).verify(expectation)
        case .pivCertificate:
            try PIVCertificateAttestation(evidence, anchors: anchors.cards, policy: policy).verify(expectation)
        case .tpm:
            try TPMAttestation(evidence, anchors: anchors.tpmMakers, policy: policy).verify(expectation)
        }
    }

    /// What OCSP responders are to be asked before a statement is judged: nothing, unless it is a card's whose certificates may be
    /// revoked as far as is known. Everything else of the statement was checked then, and the chain leads to a trusted authority.
    ///
    /// - Throws: what ``verify(_:expecting:)`` would throw whatever the answers are.
    public func openQuestions(
        about evidence: AttestationEvidence, expecting expectation: AttestationExpectation
    ) throws(AttestationRefusal) -> [OCSPQuery] {
        guard evidence.format == .pivCertificate else { return [] }
        return try PIVCertificateAttestation(evidence, anchors: anchors.cards, policy: policy)
            .openQuestions(expectation)
    }

    /// A verifier that has heard these answers, too.
    public func hearing(_ answers: [OCSPResponse]) -> AttestationVerifier {
        var policy = policy
        policy.cardRevocationEvidence.responses += answers
        return AttestationVerifier(anchors: anchors, policy: policy)
    }

    /// Checks what a TPM says of itself before a secret is sealed to it.
    ///
    /// - Parameter time: seconds since 1970.
    public func verify(
        _ identity: UnverifiedTPMIdentity, at time: Int64
    ) throws(AttestationRefusal) -> VerifiedTPMIdentity {
        try identity.verify(against: anchors.tpmMakers, at: time)
    }
}

extension UnverifiedCertificateChain {
    /// A chain of a statement's certificates, which must be there.
    init(of certificates: [[UInt8]]) throws(AttestationRefusal) {
        guard !certificates.isEmpty else { throw .missing(part: "x5c") }
        do { try self.init(der: certificates) } catch { throw .chain(error) }
    }

    /// The check of Cryptography's, with this module's refusals.
    func verified(
        against anchors: TrustedCertificates, at time: Int64, revocation: RevocationPolicy = .notChecked,
        evidence: RevocationEvidence = RevocationEvidence()
    ) throws(AttestationRefusal) -> VerifiedCertificateChain {
        guard !anchors.isEmpty else { throw .noTrustAnchors }
        do {
            return try verify(against: anchors, at: time, revocation: revocation, evidence: evidence)
        } catch { throw .chain(error) }
    }
}
