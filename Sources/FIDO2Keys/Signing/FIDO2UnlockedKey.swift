// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import DeviceKeys
internal import WebAuthn

/// A credential that is ready for one assertion. Its PIN, where it has one, is wiped with the last copy of this value.
struct FIDO2UnlockedKey: UnlockedKey {
    /// How the key is brought to sign.
    enum Way: Sendable {
        /// Without anybody.
        case silently
        /// By a touch.
        case touched
        /// By this PIN and a touch.
        case verifiedByPIN(SecretBytes)
        /// By a finger on the key, or what else it has.
        case verifiedByKey(UserVerificationMethod)
    }

    /// How often a finger that is not recognised may be tried for one signature.
    private static let fingerTries = 3
    /// How often the PIN is asked for again where it was changed in the meantime.
    private static let pinRounds = 3

    let publicKey: PublicKey
    let handle: CredentialHandle
    let entry: DeviceEntry
    let way: Way
    let options: FIDO2Options
    let finder: DeviceFinder

    var verification: UserVerificationMethod {
        switch way {
        case .silently, .touched: .none
        case .verifiedByPIN: .pin
        case .verifiedByKey(let method): method
        }
    }

    func sign(_ message: [UInt8], presence: any UserPresence) async throws -> [UInt8] {
        let clientData = try CollectedClientData(
            .sign, challenge: SHA256.hash(message), origin: handle.origin
        ).encoded()
        let made = try await assertion(over: SHA256.hash(clientData), presence: presence)
        let assertion = CarriedAssertion(
            authenticatorData: made.authenticatorData, clientDataJSON: clientData, signature: made.signature)
        try check(assertion, of: message)
        return try assertion.encoded()
    }

    private func assertion(over hash: [UInt8], presence: any UserPresence) async throws -> MadeAssertion {
        var request = AssertionRequest(
            relyingPartyID: handle.relyingPartyID, credentialID: handle.credentialID, clientDataHash: hash,
            isSilent: false)
        switch way {
        case .silently:
            request.isSilent = true
            return try await silent(request)
        case .touched: return try await touched(request, pin: nil, presence: presence)
        case .verifiedByPIN(let pin): return try await withPIN(pin, request, presence: presence)
        case .verifiedByKey:
            request.usesBuiltInVerification = true
            return try await withFinger(request, presence: presence)
        }
    }

    private func silent(_ request: AssertionRequest) async throws -> MadeAssertion {
        try await finder.explaining(on: entry) {
            do { return try await finder.attempt(entry) { try $0.assertion(request, pin: nil) } } catch let failure
                as CTAPFailure where failure.isInteractionNeeded
            {
                throw DeviceKeyError.interaction(entry.name)
            }
        }
    }

    private func touched(
        _ request: AssertionRequest, pin: SecretBytes?, presence: any UserPresence
    ) async throws -> MadeAssertion {
        try await finder.explaining(on: entry) {
            try await attempt(request, pin: pin, .touch, presence: presence)
        }
    }

    private func attempt(
        _ request: AssertionRequest, pin: SecretBytes?, _ action: HardwareAction.Kind, presence: any UserPresence
    ) async throws -> MadeAssertion {
        try await presence.whileWaiting(for: HardwareAction(action, deviceName: entry.name)) {
            try await finder.attempt(entry, timeout: options.touchTimeout) { try $0.assertion(request, pin: pin) }
        }
    }

    /// Signs by the PIN, and asks for it again where it was changed since it was checked.
    private func withPIN(
        _ pin: SecretBytes, _ request: AssertionRequest, presence: any UserPresence
    ) async throws -> MadeAssertion {
        try await finder.explaining(on: entry) {
            var pin = pin
            for _ in 1..<Self.pinRounds {
                do { return try await attempt(request, pin: pin, .touch, presence: presence) } catch let failure
                    as CTAPFailure where failure.code == FIDO_ERR_PIN_INVALID
                {
                    let entry = PINEntry(
                        entry: entry, finder: finder, relyingPartyID: handle.relyingPartyID,
                        credentialID: handle.credentialID)
                    pin = try await entry.verified(presence: presence, lastWasWrong: true)
                }
            }
            return try await attempt(request, pin: pin, .touch, presence: presence)
        }
    }

    /// Signs by a finger. Where the key takes none any more, the next unlocking asks for its PIN: what is signed here says finger.
    private func withFinger(
        _ request: AssertionRequest, presence: any UserPresence
    ) async throws -> MadeAssertion {
        try await finder.explaining(on: entry) {
            for _ in 1..<Self.fingerTries {
                do { return try await attempt(request, pin: nil, .fingerprint, presence: presence) } catch let failure
                    as CTAPFailure where failure.code == FIDO_ERR_UV_INVALID
                {
                    continue
                }
            }
            return try await attempt(request, pin: nil, .fingerprint, presence: presence)
        }
    }

    /// Refuses what the key answered where it is not what was asked of it: the verifier would, with less to say about it.
    private func check(_ assertion: CarriedAssertion, of message: [UInt8]) throws(DeviceKeyError) {
        let facts = try? assertion.verify(
            with: publicKey, relyingPartyID: handle.relyingPartyID, origin: handle.origin, message: message)
        let isAsWanted =
            switch way {
            case .silently: facts != nil
            case .touched: facts?.userPresent == true
            case .verifiedByPIN, .verifiedByKey: facts?.userPresent == true && facts?.userVerified == true
            }
        guard isAsWanted else {
            throw DeviceKeyError(
                .unavailable, "\(entry.name) gave a signature that is not what was asked of it: try again")
        }
    }
}
