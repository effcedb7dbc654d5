// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import DeviceKeys

/// A credential on a security key.
struct FIDO2SigningKey: SigningKey {
    let stored: StoredKey
    let handle: CredentialHandle
    let options: FIDO2Options
    let finder: DeviceFinder
    let places: KnownPlaces

    func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey {
        let search = CredentialSearch(handle, for: use, finder: finder, places: places, options: options)
        let located = try await search.locate(asking: use != .possession, presence: presence)
        switch use {
        case .possession:
            guard located.signsSilently else { throw DeviceKeyError.interaction(located.entry.name) }
            return unlocked(located, .silently)
        case .presence where !located.info.isAlwaysVerifying:
            return unlocked(located, .touched)
        case .presence, .verification:
            return unlocked(located, try await verification(located, presence: presence))
        }
    }

    private func verification(
        _ located: LocatedCredential, presence: any UserPresence
    ) async throws -> FIDO2UnlockedKey.Way {
        if located.verifiesByItself { return .verifiedByKey(located.info.builtInMethod) }
        try located.info.checkPIN(of: located.entry)
        let entry = PINEntry(
            entry: located.entry, finder: finder, relyingPartyID: handle.relyingPartyID,
            credentialID: handle.credentialID)
        return .verifiedByPIN(try await entry.typed(presence: presence, triesLeft: located.pinTries))
    }

    private func unlocked(_ located: LocatedCredential, _ way: FIDO2UnlockedKey.Way) -> FIDO2UnlockedKey {
        FIDO2UnlockedKey(
            publicKey: stored.publicKey, handle: handle, entry: located.entry, way: way, options: options,
            finder: finder, places: places)
    }
}

extension AuthenticatorInfo {
    /// Refuses a key whose PIN cannot be asked for now: there is none, or it has to be changed first (CTAP 2.1 §6.4, `0x0C`).
    func checkPIN(of entry: DeviceEntry) throws(DeviceKeyError) {
        guard hasPIN else { throw DeviceKeyError.withoutPIN(entry) }
        guard !wantsNewPIN else {
            throw CTAPFailure(FIDO_ERR_PIN_POLICY_VIOLATION).error(on: entry, isStillThere: true)
        }
    }

    /// How the key verifies by itself: a PIN typed on the key where it says so, else a finger.
    var builtInMethod: UserVerificationMethod {
        let fingerprint = UInt64(FIDO_UV_MODE_FP)
        let internalPIN = UInt64(FIDO_UV_MODE_PIN)
        return verificationMethods & fingerprint == 0 && verificationMethods & internalPIN != 0 ? .pin : .fingerprint
    }
}
