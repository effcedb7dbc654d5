// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// A key in a slot of a card that need not be plugged in now.
struct PIVSigningKey: SigningKey {
    let stored: StoredKey
    let reference: KeyReference
    let store: PIVKeyStore

    func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
        let key = SlotKey(
            reference: reference, publicKey: stored.publicKey,
            deviceName: DeviceName.of(reader: "smart card", identity: reference.card))
        do {
            let pin = try await store.unlock(key, for: use, presence: presence)
            return UnlockedPIVKey(key: key, pin: pin, store: store)
        } catch let failure as CardFailure {
            throw failure.deviceKeyError
        }
    }
}

/// Where the PIN of a signature comes from.
enum PINSource: Sendable {
    /// The key asks for none.
    case notNeeded
    /// The person typed it; the card has yet to take it. It is right or wrong as the card signs.
    case typed(SecretBytes, shown: PINState)
    /// The person typed it, and it was right.
    ///
    /// - reference: the key reference of VERIFY.
    /// - fullTries: how many tries there are at least after a right entry, where the card says so.
    case entered(SecretBytes, reference: UInt8, fullTries: Int?)
    /// The person types it on the reader's pad as the key signs.
    case pad(controlCode: UInt32, reference: UInt8)
}

/// A key with the PIN for one signature.
struct UnlockedPIVKey: UnlockedKey {
    let key: SlotKey
    let pin: PINSource
    let store: PIVKeyStore

    var verification: UserVerificationMethod {
        switch pin {
        case .notNeeded: .none
        case .typed, .entered, .pad: .pin
        }
    }

    func sign(presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        do {
            var pin = pin
            while true {
                do {
                    let signature = try await store.sign(try await message(), with: key, pin: pin, presence: presence)
                    return try key.joseForm(of: signature)
                } catch let refusal as PINNotTaken {
                    pin = try await store.typedPIN(at: key.place, presence: presence, lastWasWrong: refusal.wasWrong)
                }
            }
        } catch let failure as CardFailure {
            throw failure.deviceKeyError
        }
    }
}

extension SlotKey {
    /// A signature in JOSE's form from X.509's.
    func joseForm(of signature: [UInt8]) throws(DeviceKeyError) -> [UInt8] {
        guard let size = publicKey.algorithm.coordinateSize else { return signature }
        do { return try ECDSASignature.raw(fromDER: signature, coordinateSize: size) } catch {
            throw DeviceKeyError(.unavailable, "the card's answer makes no sense (signature)")
        }
    }
}
