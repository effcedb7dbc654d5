// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WebAuthn

/// An attestation object with its client data (WebAuthn §7.1, with a type and a relying party of our own).
struct FIDO2Attestation {
    private let evidence: AttestationEvidence
    private let anchors: TrustAnchors
    private let policy: AttestationPolicy

    init(_ evidence: AttestationEvidence, anchors: TrustAnchors, policy: AttestationPolicy) {
        self.evidence = evidence
        self.anchors = anchors
        self.policy = policy
    }

    func verify(_ expectation: AttestationExpectation) throws(AttestationRefusal) -> AttestedKey {
        guard evidence.certificates.isEmpty else { throw .unexpected(part: "x5c") }
        let clientData = try evidence.part("clientDataJSON")
        let bytes = try evidence.part("attestationObject")
        try check(clientData: clientData, expectation)
        guard let object = try? AttestationObject(bytes) else { throw .malformed(part: "attestationObject") }
        let credential = try credential(of: object, expectation)
        let signed = SignedStatement(
            object: object, credential: credential, clientDataHash: SHA256.hash(clientData))
        let finding = try signed.verify()
        var key = try judge(finding, signed, at: expectation.time)
        key.signCount = object.authenticatorData.signCount
        key.credentialID = credential.credentialID
        key.verification = Self.requiresVerification(object.authenticatorData) ? .required : .toldBySignature
        return key
    }

    private func check(clientData: [UInt8], _ expectation: AttestationExpectation) throws(AttestationRefusal) {
        guard let client = try? CollectedClientData(reading: clientData), client.kind == .enroll else {
            throw .notOurClientData
        }
        guard ConstantTime.equal(client.challenge, expectation.challenge) else { throw .challengeMismatch }
        guard client.origin == expectation.issuer else { throw .originMismatch }
    }

    private func credential(
        of object: AttestationObject, _ expectation: AttestationExpectation
    ) throws(AttestationRefusal) -> AuthenticatorData.AttestedCredential {
        let data = object.authenticatorData
        guard let id = RelyingPartyID.derived(fromIssuer: expectation.issuer),
            data.relyingPartyIDHash == SHA256.hash(Array(id.utf8))
        else { throw .relyingPartyMismatch }
        guard let credential = data.attestedCredential else { throw .malformed(part: "attestationObject") }
        guard credential.publicKey == expectation.publicKey else { throw .keyMismatch }
        guard data.flags.contains(.userPresent) else { throw .userNotPresent }
        guard expectation.purpose != .userVerification || data.flags.contains(.userVerified) else {
            throw .userNotVerified
        }
        guard data.flags.isDisjoint(with: [.backupEligible, .backupState]) else { throw .backupEligible }
        return credential
    }

    /// credProtect of level 3 (CTAP 2.1 §12.1): the key does not use the credential without verifying its owner.
    private static func requiresVerification(_ data: AuthenticatorData) -> Bool {
        data.extensions?["credProtect"]?.integer == 3
    }

    /// Decides what a statement that is true is worth.
    private func judge(
        _ finding: SignedStatement.Finding, _ signed: SignedStatement, at time: Int64
    ) throws(AttestationRefusal) -> AttestedKey {
        let aaguid = signed.credential.aaguid
        guard case .certificates(let chain) = finding else {
            // A model that nobody certifies is a claim: it cannot pass an allow list, but a bad report about it counts.
            guard policy.allowedAAGUIDs.isEmpty else { throw .modelNotAllowed }
            try refuseReported(try metadataEntry(aaguid, leaf: nil, at: time), path: [], at: time)
            return key(signed, type: finding == .selfSigned ? .selfSigned : .none, .unknown, nil, path: [])
        }
        guard policy.allowedAAGUIDs.isEmpty || policy.allowedAAGUIDs.contains(aaguid) else { throw .modelNotAllowed }
        let entry = try metadataEntry(aaguid, leaf: chain.leaf, at: time)
        let path = try modelTrust(chain, entry: entry, at: time)
        try refuseReported(entry, path: path.path, at: time)
        let isHardware = entry?.keepsKeysInHardware ?? true
        return key(signed, type: .basic, isHardware ? .hardware : .unknown, entry, path: path.subjects)
    }

    /// Under an allow list the model must be proven: whoever signs with certificates of their own can name any model.
    private func modelTrust(
        _ chain: UnverifiedCertificateChain, entry: FIDOMetadata.Entry?, at time: Int64
    ) throws(AttestationRefusal) -> VerifiedCertificateChain {
        do {
            return try trust(chain, entry: entry, at: time)
        } catch  where error.isOnlyUnproven && !policy.allowedAAGUIDs.isEmpty {
            throw .modelNotAllowed
        }
    }

    private func trust(
        _ chain: UnverifiedCertificateChain, entry: FIDOMetadata.Entry?, at time: Int64
    ) throws(AttestationRefusal) -> VerifiedCertificateChain {
        guard let entry else { return try chain.verified(against: anchors.securityKeys, at: time) }
        do {
            return try chain.verified(against: entry.anchors, at: time)
        } catch  where error.isOnlyUnproven && !anchors.securityKeys.isEmpty {
            return try chain.verified(against: anchors.securityKeys, at: time)
        }
    }

    private func metadataEntry(
        _ aaguid: AAGUID, leaf: Certificate?, at time: Int64
    ) throws(AttestationRefusal) -> FIDOMetadata.Entry? {
        guard let metadata = anchors.fidoMetadata else { return nil }
        guard time <= metadata.nextUpdate + FIDOMetadata.grace else { throw .metadataOutdated }
        if aaguid != .zero { return metadata.entry(for: aaguid) }
        guard let leaf, let identifier = try? leaf.keyIdentifier() else { return nil }
        return metadata.entry(forKeyIdentifier: identifier)
    }

    private func refuseReported(
        _ entry: FIDOMetadata.Entry?, path: [[UInt8]], at time: Int64
    ) throws(AttestationRefusal) {
        if let status = entry?.reportAgainst(path: path, at: time) { throw .modelReported(status: status) }
    }

    private func key(
        _ signed: SignedStatement, type: AttestedKey.AttestationType, _ protection: AttestedKey.Protection,
        _ entry: FIDOMetadata.Entry?, path: [String]
    ) -> AttestedKey {
        AttestedKey(
            publicKey: signed.credential.publicKey, format: .fido2, attestationType: type, protection: protection,
            model: .securityKey(aaguid: signed.credential.aaguid, description: entry?.description), trustPath: path)
    }
}
