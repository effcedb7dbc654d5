// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Glibc
import TestSupport
import Testing

@testable import SoftwareKeys

@Suite struct PINTests {
    private static let pin = "123456"
    private let folder: TemporaryFolder
    private let store: SoftwareKeyStore
    private let key: StoredKey

    init() async throws {
        folder = try TemporaryFolder()
        store = SoftwareKeyStore(
            folder: folder.path + "/keys", secretService: nil, stretching: SoftwareKeyStoreTests.cheap)
        key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
    }

    /// As after a restart.
    private func reopened() -> SoftwareKeyStore {
        SoftwareKeyStore(folder: folder.path + "/keys", secretService: nil, stretching: SoftwareKeyStoreTests.cheap)
    }

    private func sign(_ store: SoftwareKeyStore, _ presence: ScriptedPresence) async throws -> (
        bytes: [UInt8], verification: UserVerificationMethod
    ) {
        try await store.open(key).sign([1, 2, 3], presence: presence)
    }

    private func failure(_ store: SoftwareKeyStore, _ presence: ScriptedPresence) async -> DeviceKeyError.Code? {
        do { _ = try await sign(store, presence) } catch { return (error as? DeviceKeyError)?.code }
        return nil
    }

    @Test func theRightPINSigns() async throws {
        let presence = ScriptedPresence(pins: [Self.pin])
        let signature = try await sign(store, presence)
        #expect(key.publicKey.verifies(signature.bytes, of: [1, 2, 3]))
        #expect(signature.verification == .pin)
        #expect(presence.requests == [PINRequest(triesLeft: 8, lastEntryWasWrong: false)])
    }

    @Test func eachSignatureAsksAnew() async throws {
        let presence = ScriptedPresence(pins: [Self.pin, Self.pin])
        let open = try await store.open(key)
        _ = try await open.sign([1], presence: presence)
        _ = try await open.sign([2], presence: presence)
        #expect(presence.requests.count == 2)
        #expect(await failure(store, ScriptedPresence()) == .cancelled)
    }

    @Test func aWrongPINIsAskedAgainAndTheRightOneGivesTheTriesBack() async throws {
        let presence = ScriptedPresence(pins: ["000000", "111111", Self.pin])
        _ = try await sign(store, presence)
        #expect(presence.requests.map(\.triesLeft) == [8, 7, 6])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true, true])
        let next = ScriptedPresence(pins: [Self.pin])
        _ = try await sign(store, next)
        #expect(next.requests.map(\.triesLeft) == [8])
    }

    @Test func eightWrongPINsDestroyTheKeyForGood() async throws {
        let presence = ScriptedPresence(pins: (0..<20).map { "wrong-\($0)" })
        #expect(await failure(store, presence) == .pinLocked)
        #expect(presence.requests.map(\.triesLeft) == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(!folder.names(in: "keys").contains(key.id + ".p8"))
        #expect(await failure(store, ScriptedPresence(pins: [Self.pin])) == .pinLocked)
        #expect(await failure(reopened(), ScriptedPresence(pins: [Self.pin])) == .pinLocked)
    }

    @Test func aRestartGivesNoTryBack() async throws {
        for round in 0..<7 {
            let presence = ScriptedPresence(pins: ["000000"])
            #expect(await failure(reopened(), presence) == .cancelled)
            #expect(presence.requests.first?.triesLeft == 8 - round)
        }
        #expect(await failure(reopened(), ScriptedPresence(pins: ["000000"])) == .pinLocked)
    }

    @Test func theTryIsTakenBeforeThePINIsTried() throws {
        let tries = PINTries(of: key.id, in: PrivateFolder(path: folder.path + "/keys"))
        #expect(try tries.take() == 7)
        #expect(folder.read("keys/\(key.id).tries") == "1")
        #expect(try PINTries(of: key.id, in: PrivateFolder(path: folder.path + "/keys")).left() == 7)
    }

    @Test func aTryThatIsInterruptedIsTakenAllTheSame() async throws {
        let file = folder.path + "/keys/\(key.id).p8"
        let presence = InterruptingPresence { unlink(file) }
        let error = await #expect(throws: DeviceKeyError.self) {
            _ = try await store.open(key).sign([1], presence: presence)
        }
        #expect(error?.code == .keyNotFound)
        #expect(folder.read("keys/\(key.id).tries") == "1")
    }

    @Test func aKeyWhoseLastTryWasInterruptedStaysLocked() async throws {
        try folder.write("8", to: "keys/\(key.id).tries")
        let presence = ScriptedPresence(pins: [Self.pin])
        #expect(await failure(reopened(), presence) == .pinLocked)
        #expect(presence.requests.isEmpty)
        #expect(!folder.names(in: "keys").contains(key.id + ".p8"))
    }

    @Test(arguments: ["", "9", "-1", "x", "00", "0\n"])
    func aDamagedCountIsNoFreshOne(text: String) async throws {
        try folder.write(text, to: "keys/\(key.id).tries")
        #expect(await failure(reopened(), ScriptedPresence(pins: [Self.pin])) == .keyDamaged)
    }

    @Test func aRemovedCountIsNoFreshOne() async throws {
        unlink(folder.path + "/keys/\(key.id).tries")
        #expect(await failure(reopened(), ScriptedPresence(pins: [Self.pin])) == .keyDamaged)
    }

    @Test(arguments: ["", "12345", "äöü12", "👨‍👩‍👧‍👦1234"])
    func aShortPINIsRefusedEvenWhereThePromptLetItThrough(pin: String) async throws {
        await #expect(throws: DeviceKeyError.self) {
            try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: pin))
        }
    }

    @Test func theSecretAloneDoesNotOpenTheKey() throws {
        #expect(throws: CryptographyError.self) {
            try PrivateKey(
                encryptedPKCS8: folder.bytes("keys/\(key.id).p8"),
                passphrase: SecretBytes(copying: folder.bytes("keys/passphrase")))
        }
    }

    @Test func thePINAloneDoesNotOpenTheKey() async throws {
        try folder.write(String(repeating: "A", count: 43), to: "keys/passphrase")
        #expect(await failure(reopened(), ScriptedPresence(pins: [Self.pin])) == .cancelled)
    }

    @Test(arguments: [
        "{}", "nonsense", #"{"version":2,"cost":16384,"blockSize":8,"parallelism":1,"salt":"AAAA"}"#,
        #"{"version":1,"cost":16,"blockSize":8,"parallelism":1,"salt":"AAAA"}"#,
        #"{"version":1,"cost":1073741824,"blockSize":8,"parallelism":1,"salt":"AAAA"}"#,
        #"{"version":1,"cost":16385,"blockSize":8,"parallelism":1,"salt":"AAAA"}"#,
        #"{"version":1,"cost":16384,"blockSize":1000000,"parallelism":1,"salt":"AAAA"}"#,
    ])
    func aRecordOfAnotherCostIsRefused(record: String) async throws {
        try folder.write(record, to: "keys/\(key.id).pin")
        #expect(await failure(reopened(), ScriptedPresence(pins: [Self.pin])) == .keyDamaged)
        #expect(folder.read("keys/\(key.id).tries") == "0")
    }

    @Test func theRecordStatesTheCostOfAProductionKey() async throws {
        let store = SoftwareKeyStore(folder: folder.path + "/other", secretService: nil)
        let key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
        #expect(folder.read("other/\(key.id).pin").contains(#""cost":131072"#))
        let signature = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [Self.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }
}

/// Types a PIN, and something happens at that moment.
private struct InterruptingPresence: UserPresence {
    let happens: @Sendable () -> Void

    func pin(_ request: PINRequest) async throws -> SecretBytes {
        happens()
        return SecretBytes(copying: Array("000000".utf8))
    }

    func newPIN(minimumLength: Int) async throws -> SecretBytes { SecretBytes(copying: []) }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result { try await body() }
}
