// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

extension PIVKeyStore {
    /// Signs a message, while the person is told what the card waits for.
    ///
    /// - Parameter place: where the card is, for a key so new that the card cannot be known by it yet.
    /// - Returns: the signature in X.509's form, which was checked.
    nonisolated func sign(
        _ message: [UInt8], with key: SlotKey, at place: CardPlace? = nil, pin: PINSource, presence: any UserPresence
    ) async throws -> [UInt8] {
        let signature = try await withPIN(
            pin, at: place ?? key.place, waitsForTouch: key.reference.touchPolicy.mayWaitForTouch, presence: presence
        ) { session in
            do throws(CardFailure) {
                return try session.sign(message, with: key.reference.slot, key.reference.algorithm)
            } catch {
                throw Self.meaning(of: error, key: key, pin: pin)
            }
        }
        guard key.publicKey.verifies(nativeSignature: signature, of: message) else {
            throw DeviceKeyError(
                .keyNotFound, "slot \(key.reference.slot) of the card holds another key now: enroll this device anew")
        }
        return signature
    }

    /// What it means that a card does not sign.
    private static func meaning(of failure: CardFailure, key: SlotKey, pin: PINSource) -> any Error {
        guard case .refused(let status, _) = failure else { return failure }
        let slot = key.reference.slot
        switch status {
        case .securityStatusNotSatisfied, .conditionsNotSatisfied:
            if key.reference.touchPolicy.mayWaitForTouch {
                return DeviceKeyError(.timedOut, "nobody touched the key in time")
            }
            if case .notNeeded = pin {
                return DeviceKeyError(.interactionNeeded, "slot \(slot) wants a PIN and cannot sign silently")
            }
            return failure
        case .notFound, .referencedDataNotFound, .incorrectData, .incorrectParameters:
            return DeviceKeyError(
                .keyNotFound, "slot \(slot) of the card does not hold this key any more: enroll this device anew")
        case .wrongLength, .notEnoughMemory:
            return DeviceKeyError(.unsupported, "the card cannot sign what is that long with slot \(slot)")
        default: return failure
        }
    }
}
