// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import TPMKeys

@Suite(.needsSoftwareTPM) struct TPMFingerTests {
    private let tpm: SoftwareTPM
    private let store: TPMKeyStore
    private let key: StoredKey

    init() async throws {
        tpm = try SoftwareTPM()
        store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        key = try await store.generate(
            .userVerification, verifiedBy: .fingerprint, presence: ScriptedPresence(fingers: [nil]))
    }

    @Test func aKeyBehindAFingerAsksForNoPIN() async throws {
        let restarted = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        for store in [store, restarted] {
            let person = ScriptedPresence(fingers: [nil])
            let signature = try await store.open(key).sign([1, 2], presence: person)
            #expect(signature.verification == .fingerprint)
            #expect(key.publicKey.verifies(signature.bytes, of: [1, 2]))
            #expect(person.requests.isEmpty && person.timesFingerWasAskedFor == 1)
        }
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test(arguments: [DeviceKeyError.Code.unavailable, .cancelled, .timedOut, .deviceRemoved, .permissionDenied])
    func withoutTheFingerNothingIsUnlocked(code: DeviceKeyError.Code) async throws {
        let person = ScriptedPresence(pins: ["123456"], fingers: [DeviceKeyError(code, "no")])
        let open = try await store.open(key)
        let error = await failure { _ = try await open.unlock(for: .verification, presence: person) }
        #expect(error?.code == code)
        #expect(person.requests.isEmpty, "no PIN stands in for the finger")
    }

    @Test(arguments: [KeyUse.possession, .presence])
    func itDoesNotSignForAnythingButVerification(use: KeyUse) async throws {
        let open = try await store.open(key)
        let person = ScriptedPresence(fingers: [nil])
        #expect(await failure { _ = try await open.unlock(for: use, presence: person) }?.code == .interactionNeeded)
        #expect(person.timesFingerWasAskedFor == 0)
    }

    @Test func withoutTheFingerNoKeyIsMade() async throws {
        let error = await failure {
            _ = try await store.generate(.userVerification, verifiedBy: .fingerprint, presence: ScriptedPresence())
        }
        #expect(error?.code == .cancelled)
    }

    @Test func aSilentKeyIsNoUserVerificationKey() async throws {
        var silent = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        silent.purpose = .userVerification
        let made = silent
        #expect(await failure { _ = try await store.open(made) }?.code == .keyDamaged)
        var verifying = key
        verifying.purpose = .proofOfPossession
        let key = verifying
        #expect(await failure { _ = try await store.open(key) }?.code == .keyDamaged)
    }
}
