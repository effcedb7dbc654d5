// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import TPMKeys

/// The code of what a body throws; `nil` where it throws nothing.
func failure(_ body: () async throws -> Void) async -> DeviceKeyError? {
    do { try await body() } catch {
        return error as? DeviceKeyError ?? DeviceKeyError(.unavailable, "not one of ours: \(error)")
    }
    return nil
}

extension Trait where Self == ConditionTrait {
    /// Leaves a suite out where there is no swtpm.
    static var needsSoftwareTPM: Self {
        .enabled(if: SoftwareTPM.isInstalled, "swtpm, swtpm-tools and tpm2-tools are not installed")
    }
}

@Suite(.needsSoftwareTPM) struct TPMKeyStoreTests {
    private let tpm: SoftwareTPM
    private let store: TPMKeyStore

    init() throws {
        tpm = try SoftwareTPM()
        store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
    }

    /// Loads a key of ours with tpm2-tools, below the parent that is given, and shows its public area.
    private func loaded(_ key: StoredKey, below parent: String) throws -> String {
        let record = try #require(TPMKeyRecord(reading: key.handle))
        try tpm.write(ToolVerifier.sized(record.key.publicArea), to: "key.pub")
        try tpm.write(ToolVerifier.sized(record.key.privateArea), to: "key.priv")
        return try tpm.run(
            "tpm2_load -Q -C \(parent) -u key.pub -r key.priv -c key.ctx; tpm2_flushcontext -t; "
                + "tpm2_readpublic -c key.ctx; tpm2_flushcontext -t")
    }

    /// The storage root key as the TCG's template makes it.
    private func makeRoot() throws {
        // The tool reads its own structures: a size and 128 bytes for each coordinate.
        let coordinate: [UInt8] = [32, 0] + [UInt8](repeating: 0, count: 128)
        try tpm.write(coordinate + coordinate, to: "unique")
        try tpm.run(
            "tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -u unique -c root.ctx -a "
                + "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'; tpm2_flushcontext -t"
        )
    }

    @Test func aPromptlessKeySignsWithoutAskingAnybody() async throws {
        let presence = ScriptedPresence()
        let key = try await store.generate(.proofOfPossession, presence: presence)
        #expect(key.kind == .tpm)
        let signature = try await store.open(key).sign([1, 2, 3], presence: presence)
        #expect(signature.verification == .none)
        #expect(key.publicKey.verifies(signature.bytes, of: [1, 2, 3]))
        #expect(!key.publicKey.verifies(signature.bytes, of: [1, 2, 4]))
        #expect(presence.requests.isEmpty)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func openSSLVerifiesTheSignature() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let signature = try await store.open(key).sign([1, 2, 3], presence: ScriptedPresence())
        try tpm.write([1, 2, 3], to: "message")
        try tpm.write(try ECDSASignature.der(fromRaw: signature.bytes, coordinateSize: 32), to: "signature")
        try tpm.write(try key.publicKey.subjectPublicKeyInfo(), to: "key.der")
        let said = try tpm.run(
            "openssl pkey -pubin -inform DER -in key.der -out key.pem; "
                + "openssl dgst -sha256 -verify key.pem -signature signature message")
        #expect(said.contains("Verified OK"))
    }

    @Test func aKeyOutlivesTheStoreAndARestartOfTheTPM() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let open = try await store.open(key)
        tpm.stop()
        try tpm.start()
        let again = try await open.sign([1], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(again.bytes, of: [1]))
        let other = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).open(key).sign([2], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(other.bytes, of: [2]))
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func thePromptlessKeyIsBoundToTheTPMAndNoPIN() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        try makeRoot()
        let shown = try loaded(key, below: "root.ctx")
        #expect(shown.contains("fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign"))
        #expect(shown.contains("raw: 0x40472"))
        #expect(shown.contains("NIST p256"))
        #expect(!shown.contains("authorization policy"))
    }

    @Test func thePINsKeyIsUnderTheLockout() async throws {
        let key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "123456"))
        try makeRoot()
        let shown = try loaded(key, below: "root.ctx")
        #expect(shown.contains("raw: 0x40072"))
        #expect(!shown.contains("authorization policy"))
    }

    @Test func aPersistentStorageRootKeyIsUsedWhereThereIsOne() async throws {
        try tpm.run(
            "tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c root.ctx -a "
                + "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'; tpm2_flushcontext -t; "
                + "tpm2_evictcontrol -Q -C o -c root.ctx 0x81000001")
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        #expect(try loaded(key, below: "0x81000001").contains("raw: 0x40472"))
        let signature = try await store.open(key).sign([1], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aPersistentKeyOfAnotherTemplateIsLeftAlone() async throws {
        try tpm.run(
            "tpm2_createprimary -Q -C o -G rsa2048 -c root.ctx; tpm2_flushcontext -t; "
                + "tpm2_evictcontrol -Q -C o -c root.ctx 0x81000001")
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        try makeRoot()
        #expect(try loaded(key, below: "root.ctx").contains("raw: 0x40472"))
    }

    @Test func anOwnersPasswordIsToldAndAPersistentKeyHelps() async throws {
        try tpm.run("tpm2_changeauth -Q -c owner secret")
        guard case .unavailable(let reason) = await store.availability() else {
            Issue.record("available")
            return
        }
        #expect(reason.contains("0x81000001"))
        let refused = await failure {
            _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        }
        #expect(refused?.code == .unavailable)
        try tpm.run(
            "tpm2_createprimary -Q -C o -P secret -g sha256 -G ecc256:aes128cfb -c root.ctx -a "
                + "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'; tpm2_flushcontext -t; "
                + "tpm2_evictcontrol -Q -C o -P secret -c root.ctx 0x81000001")
        #expect(await store.availability() == .available)
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        #expect(try await !store.open(key).sign([1], presence: ScriptedPresence()).bytes.isEmpty)
    }

    @Test func aClearedTPMHasForgottenItsKeys() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let guarded = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "123456"))
        let open = try await store.open(key)
        try tpm.run("tpm2_clear -Q -c p")
        for found in [
            await failure { _ = try await open.sign([1], presence: ScriptedPresence()) },
            await failure { _ = try await store.open(key) },
            await failure { _ = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).open(key) },
            await failure { _ = try await TPMKeyStore(TPMOptions(tcti: tpm.tcti)).open(guarded) },
        ] {
            #expect(found?.code == .keyNotFound)
            #expect(found?.message == "the TPM was cleared: enrol this device again")
        }
        #expect(tpm.loadedHandles().isEmpty)
        let next = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        #expect(try await !store.open(next).sign([1], presence: ScriptedPresence()).bytes.isEmpty)
    }

    @Test func anotherTPMDoesNotKnowTheKey() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let other = try SoftwareTPM()
        #expect(
            await failure { _ = try await TPMKeyStore(TPMOptions(tcti: other.tcti)).open(key) }?.code == .keyNotFound)
    }

    @Test func aChangedRecordIsNoKey() async throws {
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        var swapped = key
        swapped.purpose = .userVerification
        #expect(await failure { _ = try await store.open(swapped) }?.code == .keyDamaged)
        var foreign = key
        foreign.kind = .piv
        #expect(await failure { _ = try await store.open(foreign) }?.code == .keyNotFound)
        var other = key
        other.handle = try await store.generate(.proofOfPossession, presence: ScriptedPresence()).handle
        #expect(await failure { _ = try await store.open(other) }?.code == .keyDamaged)
        var broken = key
        let last = broken.handle.count - 10
        broken.handle[last] ^= 1
        let fresh = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        #expect(await failure { _ = try await fresh.open(broken) }?.code == .keyNotFound)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func theStatusSaysWhatTheTPMIs() async throws {
        let status = try await store.status()
        #expect(status.manufacturer == "IBM")
        #expect(status.vendor == "SWTPM")
        #expect(status.specification.hasPrefix("1."))
        #expect(status.firmware.split(separator: ".").count == 4)
        #expect(status.dictionaryAttack.triesLeft == 3)
        #expect(!status.dictionaryAttack.isLocked)
        #expect(!status.hasEndorsementCertificate)
        #expect(status.availability == .available)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func manySignAtOnceOnAPlainTPM() async throws {
        let stores = (0..<3).map { _ in TPMKeyStore(TPMOptions(tcti: tpm.tcti)) }
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores {
                group.addTask {
                    for round in 0..<5 {
                        let signature = try await store.open(key).sign([UInt8(round)], presence: ScriptedPresence())
                        #expect(key.publicKey.verifies(signature.bytes, of: [UInt8(round)]))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(tpm.loadedHandles().isEmpty)
    }
}
