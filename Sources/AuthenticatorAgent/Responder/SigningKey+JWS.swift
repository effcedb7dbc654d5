// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import WireProtocol

/// Signs a JWS with a key of a device.
struct DeviceKeySigner: JWSSigner {
    let key: any SigningKey
    let presence: any UserPresence

    var algorithm: SignatureAlgorithm { key.stored.publicKey.algorithm }
    var keyID: String { key.stored.id }

    func sign(_ signingInput: [UInt8]) async throws -> [UInt8] {
        try await key.sign(signingInput, presence: presence).bytes
    }
}

/// For keys that ask nobody: one that asks after all is told that nobody is there.
struct NobodyPresent: UserPresence {
    func pin(_ request: PINRequest) async throws -> SecretBytes { throw Self.error }
    func newPIN(minimumLength: Int) async throws -> SecretBytes { throw Self.error }

    private static let error = DeviceKeyError(.noPrompt, "a key that should ask nobody asked for a PIN")
}
