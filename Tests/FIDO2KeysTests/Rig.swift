// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import FIDO2Keys
import Synchronization
import TestSupport
import Testing
import VirtualAuthenticator
import WebAuthn

/// A store on virtual keys.
struct Rig {
    static let issuer = "https://id.example.com:8443"
    static let relyingPartyID = "id.example.com.countersign.invalid"
    static let pin = "1234"
    static let challenge = [UInt8](repeating: 7, count: 32)

    let key: VirtualAuthenticator
    let devices: VirtualDevices
    var options = FIDO2Options(touchTimeout: .seconds(20), insertTimeout: .seconds(10))

    var store: FIDO2KeyStore { FIDO2KeyStore(options, source: devices) }

    init(_ model: VirtualKeyModel = VirtualKeyModel(), pin: String? = Self.pin, others: [VirtualAuthenticator] = []) {
        key = VirtualAuthenticator(model)
        key.set(pin: pin)
        devices = VirtualDevices([key] + others)
    }

    /// Makes a credential.
    func make(
        _ purpose: KeyPurpose, _ presence: any UserPresence = ScriptedPresence(pins: [Rig.pin]),
        issuer: String = Self.issuer, spareFor keys: [StoredKey] = []
    ) async throws -> GeneratedKey {
        try await store.generate(
            KeyRequest(
                purpose: purpose, issuer: issuer, organizationName: "Example", attestationChallenge: Self.challenge,
                spareFor: keys),
            presence: presence)
    }

    /// Unlocks a key and signs with it, as the agent does.
    func sign(
        _ key: StoredKey, _ use: KeyUse, _ presence: any UserPresence = ScriptedPresence(pins: [Rig.pin]),
        _ message: [UInt8] = [1, 2, 3]
    ) async throws -> (assertion: CarriedAssertion, verification: UserVerificationMethod) {
        let unlocked = try await store.open(key).unlock(for: use, presence: presence)
        let bytes = try await unlocked.sign(message, presence: presence)
        return (try CarriedAssertion(reading: bytes), unlocked.verification)
    }

    /// The code of what a body throws; `nil` where it throws nothing, or something else.
    static func failure(_ body: () async throws -> Any) async -> DeviceKeyError.Code? {
        await error(body)?.code
    }

    /// What a body throws.
    static func error(_ body: () async throws -> Any) async -> DeviceKeyError? {
        do { _ = try await body() } catch { return error as? DeviceKeyError }
        return nil
    }
}

extension CarriedAssertion {
    /// Whether WebAuthn §7.2 takes it for a message, but for the flags.
    func verifies(by key: StoredKey, of message: [UInt8]) throws -> Bool {
        let clientData = try CollectedClientData(reading: clientDataJSON)
        return clientData == CollectedClientData(.sign, challenge: SHA256.hash(message), origin: Rig.issuer)
            && Array(authenticatorData[..<32]) == SHA256.hash(Array(Rig.relyingPartyID.utf8))
            && key.publicKey.verifies(
                nativeSignature: signature, of: authenticatorData + SHA256.hash(clientDataJSON))
    }

    /// The flags (WebAuthn §6.1).
    var flags: UInt8 { authenticatorData[32] }

    /// The sign counter.
    var counter: UInt32 { authenticatorData[33..<37].reduce(0) { $0 << 8 | UInt32($1) } }
}

/// A person who does something as soon as hardware waits.
final class ReactingPresence: UserPresence {
    private let scripted: ScriptedPresence
    private let react: @Sendable (HardwareAction) async throws -> Void
    private let ends = Mutex<[HardwareAction]>([])

    init(pins: [String] = [Rig.pin], _ react: @escaping @Sendable (HardwareAction) async throws -> Void) {
        scripted = ScriptedPresence(pins: pins)
        self.react = react
    }

    /// What was asked so far.
    var requests: [PINRequest] { scripted.requests }
    /// Which messages were taken back.
    var ended: [HardwareAction] { ends.withLock { $0 } }

    func pin(_ request: PINRequest) async throws -> SecretBytes { try await scripted.pin(request) }
    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        try await scripted.newPIN(minimumLength: minimumLength)
    }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        defer { ends.withLock { $0.append(action) } }
        let reaction = Task { try await react(action) }
        defer { reaction.cancel() }
        return try await body()
    }
}

/// A person during whose first entry something happens.
final class DwindlingPresence: UserPresence {
    private let scripted: ScriptedPresence
    private let first: @Sendable () -> Void

    init(pins: [String], _ first: @escaping @Sendable () -> Void) {
        scripted = ScriptedPresence(pins: pins)
        self.first = first
    }

    var requests: [PINRequest] { scripted.requests }

    func pin(_ request: PINRequest) async throws -> SecretBytes {
        if scripted.requests.isEmpty { first() }
        return try await scripted.pin(request)
    }

    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        try await scripted.newPIN(minimumLength: minimumLength)
    }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result { try await body() }
}
