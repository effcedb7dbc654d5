// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import WireProtocol

/// Has the hardware of an enrolment's keys say what it is, to the verifier's own bytes (docs/protocol.md §7).
struct HardwareAttestation: Sendable {
    /// What the hardware is to certify.
    private let challenge: [UInt8]
    /// The TPM's identity, where a TPM makes a key.
    private let tpm: AttestationRequest.TPM?
    /// Whether the verifier sealed a secret to it: not, where nobody that the verifier trusts vouches for the TPM.
    private let isTPMActivated: Bool

    /// Asks the verifier for a challenge, and opens what it sealed to the TPM.
    ///
    /// - Parameter kinds: where keys are going to be made.
    /// - Returns: `nil` where all keys are files, or the verifier does not ask hardware anything.
    /// - Throws: ``EnrollmentError`` or `DeviceKeyError`.
    static func begin(
        for kinds: Set<KeyKind>, requestID: String, keys: KeyStores, configuration: AuthenticatorConfiguration,
        verifier: VerifierClient
    ) async throws -> HardwareAttestation? {
        guard kinds != [.software] else { return nil }
        let store = kinds.contains(.tpm) ? try keys.store(of: .tpm) as? any ActivatedAttestation : nil
        let tpm = try await store?.attestationIdentity()
        let identity = try tpm.map {
            try AttestationRequest.TPM(
                endorsementCertificates: $0.endorsementCertificates, endorsementKey: $0.endorsementKey,
                attestationKey: $0.attestationKey)
        }
        let request = AttestationRequest(requestID: requestID, tpm: identity)
        guard let answer = try await verifier.attestationChallenge(request, beside: configuration.enrollEndpoint) else {
            return nil
        }
        if let sealed = answer.tpm {
            try await store?.activate(
                SealedCredential(credentialBlob: sealed.credentialBlob, encryptedSecret: sealed.encryptedSecret))
        }
        return HardwareAttestation(challenge: answer.challenge, tpm: identity, isTPMActivated: answer.tpm != nil)
    }

    /// What a new key of a kind is to be certified with; `nil` where the verifier would believe nothing that its hardware says.
    func challenge(for kind: KeyKind) -> [UInt8]? { kind == .tpm && !isTPMActivated ? nil : challenge }

    /// What is said of new keys, as the request carries it; `nil` where their hardware says nothing.
    func statements(of keys: [GeneratedKey]) throws -> EnrollmentRequest.Attestations? {
        func statement(_ purpose: KeyPurpose) throws -> AttestationStatement? {
            guard let key = keys.first(where: { $0.stored.purpose == purpose }) else { return nil }
            if key.stored.kind == .tpm, !isTPMActivated {
                // The verifier knows that it can believe nothing of it, but not that the key is no file.
                return try AttestationStatement(
                    format: KeyAttestation.Format.tpm.rawValue, parts: [:], certificates: [])
            }
            guard let attestation = key.attestation else { return nil }
            return try AttestationStatement(
                format: attestation.format.rawValue, parts: attestation.parts, certificates: attestation.certificates)
        }
        let possession = try statement(.proofOfPossession)
        let verification = try statement(.userVerification)
        guard possession != nil || verification != nil else { return nil }
        return EnrollmentRequest.Attestations(
            challenge: challenge, tpm: tpm, proofOfPossession: possession, userVerification: verification)
    }
}
