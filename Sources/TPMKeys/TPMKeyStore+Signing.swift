// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

extension TPMKeyStore {
    /// A PIN that the person typed; the TPM has yet to take it.
    struct PINEntry: Sendable {
        /// What it stands for, as soon as that is computed.
        let authorization: PendingAuthorization
        let salt: [UInt8]
        /// How many wrong PINs were left when it was asked for, as the person was told; `nil` where the TPM counts none.
        let toldTries: Int?
    }

    private enum Attempt {
        case signed([UInt8])
        case wrong
        /// It was not shown to the TPM: other programs used tries since the person was told how many there are, and but one is left.
        case withheld
    }

    /// Asks for the PIN, unless the TPM takes none.
    func enterPIN(
        of record: TPMKeyRecord, salt: [UInt8], presence: any UserPresence, lastWasWrong: Bool = false
    ) async throws -> PINEntry {
        let state = try await worker.perform { try $0.dictionaryAttackState() }
        guard state.triesLeft > 0 || !state.isOn else { throw DeviceKeyError.locked(state) }
        let told = state.isOn ? state.triesLeft : nil
        let pin = try await presence.pin(
            PINRequest(deviceName: "TPM", triesLeft: told, lastEntryWasWrong: lastWasWrong))
        try Task.checkCancellation()
        return PINEntry(
            authorization: PendingAuthorization(of: pin, salt: salt, cost: record.pinCost), salt: salt, toldTries: told)
    }

    /// Signs a message, and asks for the PIN again where it was wrong.
    func sign(
        with record: TPMKeyRecord, _ entered: PINEntry?, presence: any UserPresence,
        _ message: @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        var entry = entered
        while true {
            let bytes = try await message()
            let outcome = try await attempt(SHA256.hash(bytes), record, entry)
            if case .signed(let signature) = outcome {
                guard record.publicKey?.verifies(signature, of: bytes) == true else {
                    throw DeviceKeyError(.unavailable, "the TPM's answer makes no sense (Sign): try again")
                }
                return signature
            }
            guard let salt = entry?.salt else {
                throw DeviceKeyError(.keyDamaged, "the TPM wants a PIN of a key without one: enrol this device again")
            }
            if case .wrong = outcome {
                entry = try await enterPIN(of: record, salt: salt, presence: presence, lastWasWrong: true)
            } else {
                entry = try await enterPIN(of: record, salt: salt, presence: presence)
            }
        }
    }

    private func attempt(_ digest: [UInt8], _ record: TPMKeyRecord, _ entry: PINEntry?) async throws -> Attempt {
        try await worker.perform { [saved] connection in
            if let entry, let told = entry.toldTries, told > 1, try connection.dictionaryAttackState().triesLeft == 1 {
                return .withheld
            }
            do {
                return .signed(
                    try connection.sign(digest, with: record, saved: saved) { try entry?.authorization.value() })
            } catch let failure as TPMFailure where failure.isWrongAuthorization {
                return .wrong
            } catch let failure as TPMFailure where failure.isLockout {
                throw DeviceKeyError.locked(try? connection.dictionaryAttackState())
            }
        }
    }
}
