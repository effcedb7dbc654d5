// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import SoftwareKeys

@Suite struct FingerTests {
    private let folder: TemporaryFolder
    private let store: SoftwareKeyStore

    init() throws {
        folder = try TemporaryFolder()
        store = SoftwareKeyStore(folder: folder.path + "/keys", secretService: nil, stretching: Scrypt(cost: 1 << 14))
    }

    private func made() async throws -> StoredKey {
        try await store.generate(
            .userVerification, verifiedBy: .fingerprint, presence: ScriptedPresence(fingers: [nil]))
    }

    @Test func aKeyBehindAFingerAsksForNoPIN() async throws {
        let key = try await made()
        let person = ScriptedPresence(fingers: [nil])
        let signature = try await store.open(key).sign([1, 2], presence: person)
        #expect(signature.verification == .fingerprint)
        #expect(key.publicKey.verifies(signature.bytes, of: [1, 2]))
        #expect(person.requests.isEmpty && person.timesFingerWasAskedFor == 1)
        #expect(!folder.names(in: "keys").contains { $0.hasSuffix(".pin") || $0.hasSuffix(".tries") })
    }

    @Test func eachSignatureAsksForTheFingerAnew() async throws {
        let key = try await made()
        let person = ScriptedPresence(fingers: [nil, nil])
        let open = try await store.open(key)
        for _ in 0..<2 { _ = try await open.sign([1], presence: person) }
        #expect(person.timesFingerWasAskedFor == 2)
        await #expect(throws: DeviceKeyError.self) { _ = try await open.sign([1], presence: person) }
    }

    @Test(arguments: [DeviceKeyError.Code.unavailable, .cancelled, .timedOut, .deviceRemoved, .permissionDenied])
    func withoutTheFingerNothingIsUnlocked(code: DeviceKeyError.Code) async throws {
        let key = try await made()
        let person = ScriptedPresence(pins: ["123456"], fingers: [DeviceKeyError(code, "no")])
        let error = await #expect(throws: DeviceKeyError.self) {
            _ = try await store.open(key).unlock(for: .verification, presence: person)
        }
        #expect(error?.code == code)
        #expect(person.requests.isEmpty, "no PIN stands in for the finger")
    }

    @Test(arguments: [KeyUse.possession, .presence])
    func itDoesNotSignForAnythingButVerification(use: KeyUse) async throws {
        let key = try await made()
        let person = ScriptedPresence(fingers: [nil])
        let error = await #expect(throws: DeviceKeyError.self) {
            _ = try await store.open(key).unlock(for: use, presence: person)
        }
        #expect(error?.code == .interactionNeeded)
        #expect(person.timesFingerWasAskedFor == 0)
    }

    @Test func withoutTheFingerNoKeyIsMade() async throws {
        await #expect(throws: DeviceKeyError.self) {
            _ = try await store.generate(.userVerification, verifiedBy: .fingerprint, presence: ScriptedPresence())
        }
        #expect(folder.names(in: "keys").isEmpty)
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .clientInstance])
    func promptlessKeysStaySilent(purpose: KeyPurpose) async throws {
        let nobody = ScriptedPresence()
        let key = try await store.generate(purpose, verifiedBy: .fingerprint, presence: nobody)
        #expect(key.handle.isEmpty)
        #expect(try await store.open(key).sign([1], presence: nobody).verification == .none)
        #expect(nobody.timesFingerWasAskedFor == 0)
    }

    /// What is kept of a key can be changed by whoever has the person's rights; the PIN is part of what opens the file.
    @Test func aKeyBehindAPINStaysBehindIt() async throws {
        var key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "123456"))
        #expect(key.handle.isEmpty, "as it always was")
        key.handle = try await made().handle
        let error = await #expect(throws: DeviceKeyError.self) {
            _ = try await store.open(key).sign([1], presence: ScriptedPresence(fingers: [nil]))
        }
        #expect(error?.code == .keyDamaged)
    }
}
