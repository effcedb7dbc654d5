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
        guard
            let blob = TPMStructures.read(
                credential.credentialBlob, into: TPM2B_ID_OBJECT(), with: Tss2_MU_TPM2B_ID_OBJECT_Unmarshal),
            let seed = TPMStructures.read(
                credential.encryptedSecret, into: TPM2B_ENCRYPTED_SECRET(),
                with: Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal)
        else {
            throw DeviceKeyError(
                .unavailable, "what the verifier sealed for the TPM is malformed: ask its administrator")
        }
        let endorsement = try open(key.endorsement, saved: saved)
        let attestation = try withEndorsementSession { try load(key.key, below: endorsement, session: $0) }
        return try withEndorsementSession { session in
            var blob = blob
            var seed = seed
            do throws(TPMFailure) {
                let secret: TPM2B_DIGEST = try value("ActivateCredential") {
                    Esys_ActivateCredential(
                        $0, attestation, endorsement, ESYS_TR_PASSWORD, session, ESYS_TR_NONE, &blob, &seed, $1)
                }
                return tpmBytes(secret.buffer, secret.size)
            } catch  where error.isNotForThisTPM {
                throw DeviceKeyError(
                    .unavailable, "what the verifier sealed is not for this TPM (\(error.explanation)): enrol again")
            }
        }
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
        var scheme = TPMT_SIG_SCHEME()
        scheme.scheme = TPM2_ALG_NULL
        var signature: UnsafeMutablePointer<TPMT_SIGNATURE>?
        let statement: TPM2B_ATTEST = try value("Certify") {
            Esys_Certify(
                $0, key, attestation, session, ESYS_TR_PASSWORD, ESYS_TR_NONE, &qualifying, &scheme, $1, &signature)
        }
        defer { Esys_Free(signature) }
        guard let signature else { throw .malformed("Certify") }
        return (
            tpmBytes(statement.attestationData, statement.size), try TPMStructures.bytes(of: signature.pointee)
        )
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
