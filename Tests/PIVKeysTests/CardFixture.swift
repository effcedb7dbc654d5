// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

/// A virtual card in a reader of the tests' own.
struct CardFixture {
    static let pin = "123456"
    let card: VirtualPIVCard
    let readers: VirtualReaders

    init(_ style: CardSettings.Style = .yubiKey, _ change: (inout CardSettings) -> Void = { _ in }) {
        var settings = CardSettings(style)
        change(&settings)
        card = VirtualPIVCard(settings)
        readers = VirtualReaders(card)
    }

    func store(_ options: PIVOptions = PIVOptions(), patience: Duration = .milliseconds(300)) -> PIVKeyStore {
        PIVKeyStore(options, service: readers, patience: patience)
    }

    /// A key for a purpose that the card makes, with the PIN and the factory's management key.
    func key(
        _ purpose: KeyPurpose = .userVerification, _ options: PIVOptions = PIVOptions(source: .new)
    ) async throws -> StoredKey {
        try await store(options).generate(purpose, presence: ScriptedPresence(pins: ["123456", ""]))
    }

    func request(_ purpose: KeyPurpose = .userVerification) -> KeyRequest {
        KeyRequest(
            purpose: purpose, issuer: "https://id.example.com", organizationName: "Example",
            attestationChallenge: [UInt8](repeating: 9, count: 32))
    }
}

/// The error that a body ends with; `nil` where it does not, or with another one.
func failure(_ body: () async throws -> Void) async -> DeviceKeyError? {
    do { try await body() } catch { return error as? DeviceKeyError }
    return nil
}

/// The code of the error that a body ends with; `nil` where it does not.
func code(_ body: () async throws -> Void) async -> DeviceKeyError.Code? {
    do { try await body() } catch { return (error as? DeviceKeyError)?.code ?? .keyDamaged }
    return nil
}
