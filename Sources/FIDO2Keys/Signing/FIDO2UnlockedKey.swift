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
        let assertion = try await assertion(over: SHA256.hash(clientData), presence: presence)
        try check(assertion, clientData: clientData)
        return try CarriedAssertion(
            authenticatorData: assertion.authenticatorData, clientDataJSON: clientData, signature: assertion.signature
        ).encoded()
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
    private func check(_ assertion: MadeAssertion, clientData: [UInt8]) throws {
        let data = assertion.authenticatorData
        var wanted: MadeAssertion.Flags = []
        switch way {
        case .silently: break
        case .touched: wanted = .userPresent
        case .verifiedByPIN, .verifiedByKey: wanted = [.userPresent, .userVerified]
        }
        guard data.count >= 37, Array(data[..<32]) == SHA256.hash(Array(handle.relyingPartyID.utf8)),
            assertion.flags.isSuperset(of: wanted),
            publicKey.verifies(nativeSignature: assertion.signature, of: data + SHA256.hash(clientData))
        else {
            throw DeviceKeyError(
                .unavailable, "\(entry.name) gave a signature that is not what was asked of it: try again")
        }
    }
}
