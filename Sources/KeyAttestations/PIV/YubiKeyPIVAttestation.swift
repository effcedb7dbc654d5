// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A certificate that a YubiKey made for the key that it generated in a slot, signed by the key of slot f9, which Yubico certified.
struct YubiKeyPIVAttestation {
    private let evidence: AttestationEvidence
    private let anchors: TrustedCertificates
    private let policy: AttestationPolicy

    init(_ evidence: AttestationEvidence, anchors: TrustedCertificates, policy: AttestationPolicy) {
        self.evidence = evidence
        self.anchors = anchors
        self.policy = policy
    }

    func verify(_ expectation: AttestationExpectation) throws(AttestationRefusal) -> AttestedKey {
        let chain = try PIVEnrollmentSignature.chain(of: evidence, expectation)
        guard chain.leaf.version == 3 else { throw .certificateProfile(.version) }
        guard !chain.leaf.isCA else { throw .certificateProfile(.isCA) }
        guard let attester = chain.others.first else { throw .certificateProfile(.issuer) }
        let verified = try chain.verified(against: anchors, at: expectation.time)
        // The slot's certificate, that of f9, and the maker's: nothing stands in for f9.
        guard verified.path.count >= 3, verified.path[1] == attester.der else { throw .certificateProfile(.issuer) }
        let facts = try YubiKeyExtensions(of: chain.leaf)
        try check(firmware: facts.model.firmware, of: expectation.publicKey)
        guard expectation.purpose != .userVerification || facts.pinPolicy != .never else {
            throw .verificationNotEnforced
        }
        var key = AttestedKey(
            publicKey: expectation.publicKey, format: .yubiKeyPIV, attestationType: .basic, protection: .hardware,
            model: .yubiKey(facts.model), trustPath: verified.subjects)
        key.pinPolicy = facts.pinPolicy
        key.touchPolicy = facts.touchPolicy
        key.verification = facts.pinPolicy == .never ? .notRequired : .required
        return key
    }

    /// The versions that generated RSA keys which can be factored (CVE-2017-15361).
    private static let weakRSA = FirmwareVersion(4, 2, 6)...FirmwareVersion(4, 3, 4)

    private func check(firmware: FirmwareVersion, of key: PublicKey) throws(AttestationRefusal) {
        if let minimum = policy.minimumYubiKeyFirmware, firmware < minimum { throw .firmwareNotAllowed(firmware) }
        if case .rsa = key.material, Self.weakRSA.contains(firmware) { throw .firmwareNotAllowed(firmware) }
    }
}
