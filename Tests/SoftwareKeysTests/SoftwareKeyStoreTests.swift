// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Glibc
import TestSupport
import Testing

@testable import SoftwareKeys

@Suite struct SoftwareKeyStoreTests {
    static let cheap = Scrypt(cost: 1 << 14)
    let folder: TemporaryFolder
    let store: SoftwareKeyStore

    init() throws {
        folder = try TemporaryFolder()
        store = SoftwareKeyStore(folder: folder.path + "/keys", secretService: nil, stretching: Self.cheap)
    }

    private func reopened() -> SoftwareKeyStore {
        SoftwareKeyStore(folder: folder.path + "/keys", secretService: nil, stretching: Self.cheap)
    }

    private func code(_ body: () async throws -> Void) async -> DeviceKeyError.Code? {
        do { try await body() } catch { return (error as? DeviceKeyError)?.code }
        return nil
    }

    @Test(arguments: [KeyPurpose.proofOfPossession, .clientInstance])
    func promptlessKeysSignAlsoAfterARestart(purpose: KeyPurpose) async throws {
        let nobody = ScriptedPresence()
        let key = try await store.generate(purpose, presence: nobody)
        #expect(key.kind == .software)
        #expect(key.purpose == purpose)
        for store in [store, reopened()] {
            let signature = try await store.open(key).sign([1, 2, 3], presence: nobody)
            #expect(key.publicKey.verifies(signature.bytes, of: [1, 2, 3]))
            #expect(signature.verification == .none)
        }
        #expect(nobody.requests.isEmpty)
    }

    @Test func filesAndFolderAreThePersonsAlone() async throws {
        _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        var status = stat()
        #expect(stat(folder.path + "/keys", &status) == 0 && status.st_mode & 0o7777 == 0o700)
        for name in folder.names(in: "keys") {
            #expect(stat(folder.path + "/keys/" + name, &status) == 0 && status.st_mode & 0o7777 == 0o600, "\(name)")
        }
    }

    @Test func theFileIsPKCS8ThatThePassphraseOpens() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let passphrase = folder.bytes("keys/passphrase")
        #expect(passphrase.count == 43)
        let opened = try PrivateKey(
            encryptedPKCS8: folder.bytes("keys/\(key.id).p8"), passphrase: SecretBytes(copying: passphrase))
        #expect(opened.publicKey == key.publicKey)
    }

    @Test(arguments: [0o640, 0o604, 0o666] as [UInt32])
    func aPassphraseThatOthersMayReadIsRefused(mode: UInt32) async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        chmod(folder.path + "/keys/passphrase", mode)
        let error = await #expect(throws: DeviceKeyError.self) { _ = try await reopened().open(key) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("chmod") == true)
    }

    @Test func aFolderThatOthersMayEnterIsRefused() async throws {
        _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        chmod(folder.path + "/keys", 0o755)
        #expect(
            await code { _ = try await reopened().generate(.clientInstance, presence: ScriptedPresence()) }
                == .unavailable)
        #expect(await reopened().availability() != .available)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func aFileOfAnotherUserIsRefused() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        chown(folder.path + "/keys/\(key.id).p8", 12345, 12345)
        #expect(await code { _ = try await reopened().open(key) } == .unavailable)
    }

    @Test func aLinkInAFilesPlaceIsRefused() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let file = folder.path + "/keys/passphrase"
        rename(file, folder.path + "/elsewhere")
        symlink(folder.path + "/elsewhere", file)
        #expect(await code { _ = try await reopened().open(key) } == .unavailable)
    }

    @Test func aLostPassphraseIsNotMadeAnew() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        unlink(folder.path + "/keys/passphrase")
        #expect(await code { _ = try await reopened().open(key) } == .keyDamaged)
        #expect(!folder.names(in: "keys").contains("passphrase"))
    }

    @Test func aDamagedKeyIsTold() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        try folder.write("nonsense", to: "keys/\(key.id).p8")
        #expect(await code { _ = try await reopened().open(key) } == .keyDamaged)
    }

    @Test func anotherKeyInTheFileIsTold() async throws {
        let first = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let second = try await store.generate(.clientInstance, presence: ScriptedPresence())
        rename(folder.path + "/keys/\(second.id).p8", folder.path + "/keys/\(first.id).p8")
        #expect(await code { _ = try await reopened().open(first) } == .keyDamaged)
    }

    @Test func aDeletedKeyIsGoneAndDeletingAgainIsNoError() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        _ = try await store.open(key)
        try await store.delete(key)
        try await store.delete(key)
        #expect(await code { _ = try await store.open(key) } == .keyNotFound)
        #expect(!folder.names(in: "keys").contains { $0.hasPrefix(key.id) })
    }

    @Test(arguments: ["../passphrase", "", "a/b", "-x", ".", String(repeating: "a", count: 65)])
    func namesThatAreNoKeysReachNoFile(id: String) async throws {
        var key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        key.id = id
        #expect(await code { _ = try await store.open(key) } == .keyNotFound)
        try await store.delete(key)
        #expect(folder.names(in: "keys").contains("passphrase"))
    }

    @Test func aKeyOutsideTheFolderIsNotOpened() async throws {
        var key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        try #require(rename(folder.path + "/keys/\(key.id).p8", folder.path + "/elsewhere.p8") == 0)
        key.id = "../elsewhere"
        #expect(await code { _ = try await store.open(key) } == .keyNotFound)
    }

    @Test func orphansAndHalfWrittenFilesAreRemovedAndKeptKeysStay() async throws {
        let kept = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "123456"))
        let orphan = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "123456"))
        try folder.write("half", to: "keys/.tmp-abc")
        try await store.deleteAll(except: [kept])
        let names = folder.names(in: "keys")
        #expect(!names.contains { $0.hasPrefix(orphan.id) || $0.hasPrefix(".tmp") })
        #expect(names.filter { $0.hasPrefix(kept.id) }.count == 3)
        #expect(names.contains("passphrase"))
        let signature = try await store.open(kept).sign([1], presence: ScriptedPresence(pins: ["123456"]))
        #expect(kept.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func removingOrphansOfAStoreThatWasNeverUsedMakesNothing() async throws {
        try await store.deleteAll(except: [])
        #expect(folder.names().isEmpty)
    }

    @Test func aPersonWhoGivesUpLeavesNoKey() async throws {
        #expect(
            await code { _ = try await store.generate(.userVerification, presence: ScriptedPresence()) } == .cancelled)
        #expect(!folder.names(in: "keys").contains { $0.hasSuffix(".p8") || $0.hasSuffix(".pin") })
    }
}
