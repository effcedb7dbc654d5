// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// A key that the TPM knows.
struct TPMSigningKey: SigningKey {
    let stored: StoredKey
    let record: TPMKeyRecord
    let store: TPMKeyStore

    func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
        if record.isBehindFinger {
            guard use == .verification else {
                throw DeviceKeyError(.interactionNeeded, "the TPM's key needs the person's finger")
            }
            try await presence.verifyFinger()
            try Task.checkCancellation()
            return UnlockedTPMKey(verification: .fingerprint, record: record, authorization: nil, store: store)
        }
        guard let salt = record.pinSalt else {
            return UnlockedTPMKey(verification: .none, record: record, authorization: nil, store: store)
        }
        guard use != .possession else {
            throw DeviceKeyError(.interactionNeeded, "the TPM's key needs its PIN")
        }
        let authorization = try await store.unlock(record, salt: salt, presence: presence)
        return UnlockedTPMKey(verification: .pin, record: record, authorization: authorization, store: store)
    }
}

/// A key with what unlocks it.
private struct UnlockedTPMKey: UnlockedKey {
    let verification: UserVerificationMethod
    let record: TPMKeyRecord
    let authorization: SecretBytes?
    let store: TPMKeyStore

    func sign(_ message: [UInt8], presence: any UserPresence) async throws -> [UInt8] {
        try await store.sign(message, with: record, authorization: authorization)
    }
}
