// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import Cryptography
internal import DeviceKeys

/// An attestation key that was made for one enrolment.
struct AttestationKey: Hashable, Sendable {
    /// The endorsement key that it hangs below.
    var endorsement: EndorsementKey
    var key: WrappedKey
    /// The secret that the verifier sealed to both; `nil` until it was opened.
    var activatedSecret: [UInt8]?
}

extension TPMConnection {
    /// Makes an attestation key below the endorsement key.
    func makeAttestationKey(saved: SavedContexts) throws -> AttestationKey {
        let endorsement = try endorsementKey(saved: saved)
        let parent = try open(endorsement, saved: saved)
        let key = try withEndorsementSession { session in
            try create(KeyTemplate.attestation, below: parent, session: session)
        }
        return AttestationKey(endorsement: endorsement, key: key)
    }

    /// Opens a secret that was sealed to the attestation key and the endorsement key (TPM2_ActivateCredential, Part 3 §12.5).
    func activate(_ credential: SealedCredential, for key: AttestationKey, saved: SavedContexts) throws -> [UInt8] {
        guard let sealed = TPMStructures.sealedCredential(credential.credentialBlob, credential.encryptedSecret) else {
            throw DeviceKeyError(
                .unavailable, "what the verifier sealed for the TPM is malformed: ask its administrator")
        }
        let endorsement = try open(key.endorsement, saved: saved)
        let attestation = try withEndorsementSession { try load(key.key, below: endorsement, session: $0) }
        return try withEndorsementSession { session in
            do {
                return try activate(
                    sealed.blob, sealed.seed, attestation: attestation, endorsement: endorsement, session: session)
            } catch let failure as TPMFailure where failure.isNotForThisTPM {
                throw DeviceKeyError(
                    .unavailable, "what the verifier sealed is not for this TPM (\(failure.explanation)): enrol again")
            }
        }
    }

    private func activate(
        _ blob: TPM2B_ID_OBJECT, _ seed: TPM2B_ENCRYPTED_SECRET, attestation: ESYS_TR, endorsement: ESYS_TR,
        session: ESYS_TR
    ) throws -> [UInt8] {
        let secret: TPM2B_DIGEST = try withUnsafePointer(to: blob) { blob throws(TPMFailure) in
            try withUnsafePointer(to: seed) { seed throws(TPMFailure) in
                try value("ActivateCredential") {
                    Esys_ActivateCredential(
                        $0, attestation, endorsement, ESYS_TR_PASSWORD, session, ESYS_TR_NONE, blob, seed, $1)
                }
            }
        }
        return tpmBytes(secret.buffer, secret.size)
    }

    /// Certifies a key that is loaded (TPM2_Certify, Part 3 §18.2).
    ///
    /// - Parameters:
    ///   - session: proves the key's own authorization value.
    ///   - challenge: the verifier's bytes.
    func certify(
        _ key: ESYS_TR, session: ESYS_TR, with attestation: ESYS_TR, challenge: [UInt8]
    ) throws(TPMFailure) -> (statement: [UInt8], signature: [UInt8]) {
        var qualifying = TPM2B_DATA()
        qualifying.size = fillTPM(&qualifying.buffer, with: SHA256.hash(challenge)) ?? 0
        let (statement, made) = try withUnsafePointer(to: qualifying) { qualifying throws(TPMFailure) in
            try withUnsafePointer(to: TPMT_SIG_SCHEME.keysOwn) { scheme throws(TPMFailure) in
                try values("Certify") { (context, statement: Output<TPM2B_ATTEST>, signature: Output<TPMT_SIGNATURE>) in
                    Esys_Certify(
                        context, key, attestation, session, ESYS_TR_PASSWORD, ESYS_TR_NONE, qualifying, scheme,
                        statement,
                        signature)
                }
            }
        }
        return (tpmBytes(statement.attestationData, statement.size), try TPMStructures.bytes(of: made))
    }
}

extension TPMFailure {
    /// Whether a sealed secret does not fit this TPM's keys.
    fileprivate var isNotForThisTPM: Bool {
        switch tpmCode {
        case ResponseCode.integrity, ResponseCode.value, ResponseCode.size, ResponseCode.eccPoint,
            ResponseCode.insufficient, ResponseCode.failure:
            true
        default: false
        }
    }
}
