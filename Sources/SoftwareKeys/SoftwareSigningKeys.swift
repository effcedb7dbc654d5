// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// A key that was opened and stays open: signs without asking anybody.
struct PromptlessKey: SigningKey {
    let stored: StoredKey
    let key: PrivateKey

    func unlock(for use: KeyUse, presence: any UserPresence) -> any UnlockedKey {
        OpenSoftwareKey(verification: .none, key: key)
    }
}

/// A key behind a PIN: opened for one signature at a time.
struct PINGuardedKey: SigningKey {
    let stored: StoredKey
    let store: SoftwareKeyStore

    func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
        OpenSoftwareKey(verification: .pin, key: try await store.unlock(stored, presence: presence))
    }
}

/// A key behind the machine's fingerprint reader: opened for one signature at a time.
struct FingerGuardedKey: SigningKey {
    let stored: StoredKey
    let store: SoftwareKeyStore

    func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
        guard use == .verification else {
            throw DeviceKeyError(.interactionNeeded, "the key needs the person's finger")
        }
        return OpenSoftwareKey(
            verification: .fingerprint, key: try await store.unlockBehindFinger(stored, presence: presence))
    }
}

/// A private key in this process's memory. OpenSSL wipes it when the last reference goes.
private struct OpenSoftwareKey: UnlockedKey {
    let verification: UserVerificationMethod
    let key: PrivateKey

    func sign(presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        try key.sign(try await message())
    }
}
