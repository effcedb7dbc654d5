// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// A key that was opened and stays open: signs without asking anybody.
struct PromptlessKey: SigningKey {
    let stored: StoredKey
    let key: PrivateKey

    func sign(_ message: [UInt8], presence: any UserPresence) async throws -> KeySignature {
        KeySignature(bytes: try key.sign(message), verification: .none)
    }
}

/// A key behind a PIN: opened for one signature at a time.
struct PINGuardedKey: SigningKey {
    let stored: StoredKey
    let store: SoftwareKeyStore

    func sign(_ message: [UInt8], presence: any UserPresence) async throws -> KeySignature {
        KeySignature(bytes: try await store.sign(message, with: stored, presence: presence), verification: .pin)
    }
}
