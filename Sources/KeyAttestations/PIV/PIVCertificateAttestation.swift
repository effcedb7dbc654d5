// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A certificate on a card from an authority that certifies the keys of cards and of nothing else.
struct PIVCertificateAttestation {
    private let evidence: AttestationEvidence
    private let anchors: TrustedCertificates
    private let policy: AttestationPolicy

    init(_ evidence: AttestationEvidence, anchors: TrustedCertificates, policy: AttestationPolicy) {
        self.evidence = evidence
        self.anchors = anchors
        self.policy = policy
    }

    func verify(_ expectation: AttestationExpectation) throws(AttestationRefusal) -> AttestedKey {
        let verified = try chain(expectation, revocation: policy.cardRevocation)
        var key = AttestedKey(
            publicKey: expectation.publicKey, format: .pivCertificate, attestationType: .basic, protection: .hardware,
            model: .card(subject: verified.leaf.subject), trustPath: verified.subjects)
        if policy.cardRevocation != .notChecked { key.isKnownNotToBeRevoked = verified.isKnownNotToBeRevoked }
        return key
    }

    /// What is to be asked about the card's certificates, after all else was checked.
    func openQuestions(_ expectation: AttestationExpectation) throws(AttestationRefusal) -> [OCSPQuery] {
        guard policy.cardRevocation != .notChecked else { return [] }
        return try chain(expectation, revocation: .whereKnown).openQuestions(for: policy.cardRevocation)
    }

    private func chain(
        _ expectation: AttestationExpectation, revocation: RevocationPolicy
    ) throws(AttestationRefusal) -> VerifiedCertificateChain {
        let chain = try PIVEnrollmentSignature.chain(of: evidence, expectation)
        guard !chain.leaf.isCA else { throw .certificateProfile(.isCA) }
        guard chain.leaf.maySign else { throw .certificateProfile(.keyUsage) }
        let verified = try chain.verified(
            against: anchors, at: expectation.time, revocation: revocation, evidence: try revocationEvidence())
        try checkPolicies(of: chain.leaf)
        return verified
    }

    /// What the verifier has, and the answer that came with the statement.
    private func revocationEvidence() throws(AttestationRefusal) -> RevocationEvidence {
        var known = policy.cardRevocationEvidence
        if let stapled = evidence.parts["ocsp"] {
            guard let response = try? OCSPResponse(der: stapled) else { throw .malformed(part: "ocsp") }
            known.responses.append(response)
        }
        return known
    }

    private func checkPolicies(of certificate: Certificate) throws(AttestationRefusal) {
        guard !policy.cardCertificatePolicies.isEmpty else { return }
        guard let value = certificate.extensionValue(oid: CertificatePolicies.oid),
            let policies = try? CertificatePolicies.identifiers(in: value),
            !policy.cardCertificatePolicies.isDisjoint(with: policies)
        else { throw .certificateProfile(.purpose) }
    }
}

/// The extension that names the policies under which a certificate was issued (RFC 5280 §4.2.1.4).
enum CertificatePolicies {
    static let oid = "2.5.29.32"

    /// The policies' identifiers, in dotted form.
    static func identifiers(in value: [UInt8]) throws(CryptographyError) -> [String] {
        try DERReader.sequence(value) { element throws(CryptographyError) in
            var information = try element.inside(DERReader.Tag.sequence)
            return try information.objectIdentifier()
        }
    }
}
