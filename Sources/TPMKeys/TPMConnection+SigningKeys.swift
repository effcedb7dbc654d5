// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import Cryptography
internal import DeviceKeys

/// A key that was made, with what certifies it.
struct MadeKey: Sendable {
    var record: TPMKeyRecord
    var publicKey: PublicKey
    var attestation: KeyAttestation?
}

/// What a key's certificate is made of.
struct Certification: Sendable {
    var key: AttestationKey
    /// What the verifier sealed, opened.
    var activatedSecret: [UInt8]
    /// The verifier's bytes that show that the statement is fresh.
    var challenge: [UInt8]
}

extension TPMConnection {
    /// Makes a signing key below the storage root key, and certifies it.
    ///
    /// At no time more than three objects are loaded, as many as a plain TPM holds.
    func makeKey(
        pin: (authorization: SecretBytes, salt: [UInt8])?, certification: Certification?, saved: SavedContexts
    ) throws -> MadeKey {
        let root = try storageRoot(saved: saved)
        let session = pin == nil ? ESYS_TR_PASSWORD : try saltedSession(root.handle, encrypts: true)
        let wrapped = try create(
            KeyTemplate.signing(isGuarded: pin != nil), below: root.handle, session: session,
            authorization: pin?.authorization)
        let record = TPMKeyRecord(parentName: root.name, key: wrapped, pinSalt: pin?.salt)
        guard let publicKey = record.publicKey else { throw TPMFailure.malformed("Create") }
        let key = try load(wrapped, below: root.handle, session: ESYS_TR_PASSWORD)
        save(key, named: record.name, in: saved)
        flush(root.handle)
        var attestation: KeyAttestation?
        if let certification {
            attestation = try certify(
                key, record, session: session, authorization: pin?.authorization, certification, saved: saved)
        }
        return MadeKey(record: record, publicKey: publicKey, attestation: attestation)
    }

    private func certify(
        _ key: ESYS_TR, _ record: TPMKeyRecord, session: ESYS_TR, authorization: SecretBytes?,
        _ certification: Certification, saved: SavedContexts
    ) throws -> KeyAttestation {
        let endorsement = try open(certification.key.endorsement, saved: saved)
        let attesting = try withEndorsementSession {
            try load(certification.key.key, below: endorsement, session: $0)
        }
        flush(endorsement)
        let (statement, signature) = try withAuthorization(authorization, of: key) { () throws(TPMFailure) in
            try certify(key, session: session, with: attesting, challenge: certification.challenge)
        }
        return KeyAttestation(
            format: .tpm,
            parts: [
                "certifyInfo": statement, "signature": signature, "publicArea": record.key.publicArea,
                "attestationKey": certification.key.key.publicArea, "activatedSecret": certification.activatedSecret,
            ])
    }

    /// Loads a key of ours, and starts the session that proves its authorization value, if it has one.
    ///
    /// - Throws: `DeviceKeyError` with `keyNotFound` where the TPM has forgotten it.
    func open(_ record: TPMKeyRecord, saved: SavedContexts) throws -> (key: ESYS_TR, session: ESYS_TR) {
        var root: StorageRoot?
        var session = ESYS_TR_PASSWORD
        if record.pinSalt != nil {
            let found = try storageRoot(named: record.parentName, saved: saved)
            session = try saltedSession(found.handle, encrypts: false)
            root = found
        }
        if let key = try load(record.name, from: saved) {
            if let root { flush(root.handle) }
            return (key, session)
        }
        let parent = try root ?? storageRoot(named: record.parentName, saved: saved)
        defer { flush(parent.handle) }
        do {
            let key = try load(record.key, below: parent.handle, session: ESYS_TR_PASSWORD)
            save(key, named: record.name, in: saved)
            return (key, session)
        } catch let failure as TPMFailure where failure.isNotOfThisParent {
            throw DeviceKeyError.tpmCleared
        }
    }

    /// Signs with a key of ours.
    ///
    /// - Parameter authorization: waits for the key's authorization value, which is computed while the key is loaded.
    /// - Throws: `TPMFailure` with `isWrongAuthorization` where the PIN is wrong; `DeviceKeyError`.
    func sign(
        _ digest: [UInt8], with record: TPMKeyRecord, saved: SavedContexts, authorization: () throws -> SecretBytes?
    ) throws -> [UInt8] {
        let (key, session) = try open(record, saved: saved)
        return try withAuthorization(try authorization(), of: key) { () throws(TPMFailure) in
            try sign(digest, with: key, session: session)
        }
    }
}

extension TPMFailure {
    /// Whether a wrapped key is not one that this parent wrapped.
    fileprivate var isNotOfThisParent: Bool {
        switch tpmCode {
        case ResponseCode.integrity, ResponseCode.binding, ResponseCode.sensitive: true
        default: false
        }
    }

    /// Whether the TPM takes no authorization values of guarded keys now.
    var isLockout: Bool { tpmCode == ResponseCode.lockout }
}
