// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import Synchronization
internal import WireProtocol

/// Signs a JWS with a key of a device that is unlocked.
struct DeviceKeySigner: JWSSigner {
    let stored: StoredKey
    let key: any UnlockedKey
    let presence: any UserPresence

    var algorithm: JWSAlgorithm {
        let algorithm = stored.publicKey.algorithm
        return stored.kind == .fido2 ? .fido2(algorithm) : .plain(algorithm)
    }
    var keyID: String { stored.id }

    func sign(_ signingInput: [UInt8]) async throws -> [UInt8] {
        try await key.sign(signingInput, presence: presence)
    }

    /// Makes the compact JWS of a response whose claims are written anew for each attempt of the key: a person may take their time between two.
    ///
    /// - Throws: `DeviceKeyError`, or what `claims` throws.
    func response(_ claims: @Sendable () async throws -> ResponseClaims) async throws -> String {
        let written = Mutex("")
        let signature = try await key.sign(presence: presence) {
            let input = try signingInput(of: try await claims(), type: TokenType.deviceBind)
            written.withLock { $0 = input }
            return Array(input.utf8)
        }
        return written.withLock { $0 } + "." + Base64URL.encode(signature)
    }
}

/// For keys that ask nobody: one that asks after all is told that nobody is there.
struct NobodyPresent: UserPresence {
    func pin(_ request: PINRequest) async throws -> SecretBytes { throw Self.error }
    func newPIN(minimumLength: Int) async throws -> SecretBytes { throw Self.error }
    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result { throw Self.error }

    private static let error = DeviceKeyError(.noPrompt, "a key that should ask nobody asked for somebody")
}
