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
        /// By this PIN, which the key has yet to take, and a touch.
        case verifiedByPIN(PINEntry.Typed)
        /// By a finger on the key, or what else it has.
        case verifiedByKey(UserVerificationMethod)
    }

    /// How often a finger that is not recognised may be tried for one signature.
    private static let fingerTries = 3

    let publicKey: PublicKey
    let handle: CredentialHandle
    let entry: DeviceEntry
    let way: Way
    let options: FIDO2Options
    let finder: DeviceFinder
    let places: KnownPlaces

    var verification: UserVerificationMethod {
        switch way {
        case .silently, .touched: .none
        case .verifiedByPIN: .pin
        case .verifiedByKey(let method): method
        }
    }

    func sign(presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        do {
            return try await signature(presence: presence, message)
        } catch {
            // It may be elsewhere now, or nowhere.
            places.forget(handle.credentialID)
            throw error
        }
    }

    private func signature(
        presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        guard case .verifiedByPIN(let typed) = way else {
            return try await sign(try await message()) { try await assertion($0, presence: presence) }
        }
        let pinEntry = PINEntry(
            entry: entry, finder: finder, relyingPartyID: handle.relyingPartyID, credentialID: handle.credentialID)
        var current = typed
        while true {
            do {
                return try await sign(try await message()) { [current] request in
                    try await attempt(.touch, presence: presence) { try $0.assertion(request, firstTrying: current) }
                }
            } catch let refusal as PINEntry.NotTaken {
                current = try await pinEntry.typed(
                    presence: presence, triesLeft: refusal.triesLeft, lastWasWrong: refusal.wasWrong)
            }
        }
    }

    private func sign(
        _ message: [UInt8], _ make: (AssertionRequest) async throws -> MadeAssertion
    ) async throws -> [UInt8] {
        let clientData = try CollectedClientData(
            .sign, challenge: SHA256.hash(message), origin: handle.origin
        ).encoded()
        let request = AssertionRequest(
            relyingPartyID: handle.relyingPartyID, credentialID: handle.credentialID,
            clientDataHash: SHA256.hash(clientData), isSilent: false)
        let made = try await finder.explaining(on: entry) { try await make(request) }
        let assertion = CarriedAssertion(
            authenticatorData: made.authenticatorData, clientDataJSON: clientData, signature: made.signature)
        try check(assertion, of: message)
        return try assertion.encoded()
    }

    private func assertion(_ asked: AssertionRequest, presence: any UserPresence) async throws -> MadeAssertion {
        var request = asked
        switch way {
        case .silently:
            request.isSilent = true
            return try await silent(request)
        case .touched, .verifiedByPIN:
            return try await attempt(.touch, presence: presence) { try $0.assertion(asked, pin: nil) }
        case .verifiedByKey:
            request.usesBuiltInVerification = true
            return try await withFinger(request, presence: presence)
        }
    }

    private func silent(_ request: AssertionRequest) async throws -> MadeAssertion {
        do { return try await finder.attempt(entry) { try $0.assertion(request, pin: nil) } } catch let failure
            as CTAPFailure where failure.isInteractionNeeded
        {
            throw DeviceKeyError.interaction(entry.name)
        }
    }

    private func attempt(
        _ action: HardwareAction.Kind, presence: any UserPresence,
        _ body: @escaping @Sendable (OpenDevice) throws -> MadeAssertion
    ) async throws -> MadeAssertion {
        try await presence.whileWaiting(for: HardwareAction(action, deviceName: entry.name)) {
            try await finder.attempt(entry, timeout: options.touchTimeout, body)
        }
    }

    /// Signs by a finger. Where the key takes none any more, the next unlocking asks for its PIN: what is signed here says finger.
    private func withFinger(_ request: AssertionRequest, presence: any UserPresence) async throws -> MadeAssertion {
        for _ in 1..<Self.fingerTries {
            do {
                return try await attempt(.fingerprint, presence: presence) { try $0.assertion(request, pin: nil) }
            } catch let failure as CTAPFailure where failure.code == FIDO_ERR_UV_INVALID {
                continue
            }
        }
        return try await attempt(.fingerprint, presence: presence) { try $0.assertion(request, pin: nil) }
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
