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
            return UnlockedTPMKey(verification: .fingerprint, record: record, entry: nil, store: store)
        }
        guard let salt = record.pinSalt else {
            return UnlockedTPMKey(verification: .none, record: record, entry: nil, store: store)
        }
        guard use != .possession else {
            throw DeviceKeyError(.interactionNeeded, "the TPM's key needs its PIN")
        }
        let entry = try await store.enterPIN(of: record, salt: salt, presence: presence)
        return UnlockedTPMKey(verification: .pin, record: record, entry: entry, store: store)
    }
}

/// A key with what unlocks it.
private struct UnlockedTPMKey: UnlockedKey {
    let verification: UserVerificationMethod
    let record: TPMKeyRecord
    let entry: TPMKeyStore.PINEntry?
    let store: TPMKeyStore

    func sign(presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        try await store.sign(with: record, entry, presence: presence, message)
    }
}
