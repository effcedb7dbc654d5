// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Synchronization
import TestSupport
import Testing

@testable import TPMKeys

@Suite(.needsSoftwareTPM) struct TPMPINTests {
    private static let pin = "123456"
    private let tpm: SoftwareTPM
    private let store: TPMKeyStore
    private let key: StoredKey

    init() async throws {
        tpm = try SoftwareTPM()
        store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
    }

    private func sign(_ presence: ScriptedPresence) async -> DeviceKeyError? {
        await failure {
            let signature = try await store.open(key).sign([1], presence: presence)
            #expect(key.publicKey.verifies(signature.bytes, of: [1]))
            #expect(signature.verification == .pin)
        }
    }

    @Test func theRightPINSigns() async {
        let presence = ScriptedPresence(pins: [Self.pin])
        #expect(await sign(presence) == nil)
        #expect(presence.requests == [PINRequest(deviceName: "TPM", triesLeft: 3, lastEntryWasWrong: false)])
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func eachSignatureAsksAnew() async throws {
        let presence = ScriptedPresence(pins: [Self.pin, Self.pin])
        #expect(await sign(presence) == nil)
        #expect(await sign(presence) == nil)
        #expect(presence.requests.count == 2)
        #expect(await sign(ScriptedPresence())?.code == .cancelled)
    }

    @Test func aKeyWithAPINDoesNotSignSilently() async throws {
        let presence = ScriptedPresence(pins: [Self.pin])
        let open = try await store.open(key)
        #expect(
            await failure { _ = try await open.unlock(for: .possession, presence: presence) }?.code
                == .interactionNeeded)
        #expect(presence.requests.isEmpty)
    }

    @Test func aWrongPINIsAskedAgain() async {
        let presence = ScriptedPresence(pins: ["000000", Self.pin])
        #expect(await sign(presence) == nil)
        #expect(presence.requests.map(\.triesLeft) == [3, 2])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true])
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func eachEntryIsForAMessageOfItsOwn() async throws {
        let presence = ScriptedPresence(pins: ["000000", "111111", Self.pin])
        let unlocked = try await store.open(key).unlock(for: .verification, presence: presence)
        #expect(presence.requests.count == 1)
        let written = Mutex<[UInt8]>([])
        let signature = try await unlocked.sign(presence: presence) {
            written.withLock { $0.append(UInt8($0.count)) }
            return written.withLock { $0 }
        }
        #expect(key.publicKey.verifies(signature, of: [0, 1, 2]))
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true, true])
    }

    @Test func whoGivesUpAfterAWrongPINSignsNothing() async throws {
        let presence = ScriptedPresence(pins: ["000000"])
        #expect(await sign(presence)?.code == .cancelled)
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true])
    }

    @Test func theLastTryIsNotSpentOnAPINThatWasAskedForWithMore() async throws {
        let presence = ScriptedPresence(pins: ["000000", Self.pin])
        let unlocked = try await store.open(key).unlock(for: .verification, presence: presence)
        // Meanwhile another program is wrong twice.
        #expect(await sign(ScriptedPresence(pins: ["111111", "222222"]))?.code == .cancelled)
        let signature = try await unlocked.sign([1], presence: presence)
        #expect(key.publicKey.verifies(signature, of: [1]))
        #expect(presence.requests.map(\.triesLeft) == [3, 1])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, false], "the first entry was never tried")
    }

    @Test func wrongPINsLockTheTPMAndTimeGivesATryBack() async throws {
        try tpm.run("tpm2_dictionarylockout -s -n 3 -t 4 -l 4")
        let presence = ScriptedPresence(pins: ["000000", "111111", "222222", Self.pin])
        let locked = await sign(presence)
        #expect(locked?.code == .pinLockedForNow)
        #expect(locked?.message.contains("for up to 4 seconds") == true)
        #expect(presence.requests.map(\.triesLeft) == [3, 2, 1])
        let asked = ScriptedPresence(pins: [Self.pin])
        #expect(await sign(asked)?.code == .pinLockedForNow)
        #expect(asked.requests.isEmpty)
        #expect(try await store.status().dictionaryAttack.isLocked)
        #expect(tpm.loadedHandles().isEmpty)
        try await Task.sleep(for: .seconds(6))
        #expect(await sign(ScriptedPresence(pins: [Self.pin])) == nil)
    }

    @Test func anAdministratorCanEndALockout() async throws {
        #expect(await sign(ScriptedPresence(pins: ["000000", "111111", "222222"]))?.code == .pinLockedForNow)
        let refused = await failure {
            _ = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
        }
        #expect(refused?.code == .pinLockedForNow)
        try tpm.run("tpm2_dictionarylockout -c")
        #expect(await sign(ScriptedPresence(pins: [Self.pin])) == nil)
    }

    @Test func aPromptlessKeySignsInALockout() async throws {
        let silent = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        #expect(await sign(ScriptedPresence(pins: ["000000", "111111", "222222"]))?.code == .pinLockedForNow)
        let signature = try await store.open(silent).sign([1], presence: ScriptedPresence())
        #expect(silent.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func aLockoutBetweenPINAndSignatureIsTold() async throws {
        let unlocked = try await store.open(key).unlock(
            for: .verification, presence: ScriptedPresence(pins: [Self.pin]))
        #expect(await sign(ScriptedPresence(pins: ["000000", "111111", "222222"]))?.code == .pinLockedForNow)
        #expect(
            await failure { _ = try await unlocked.sign([1], presence: ScriptedPresence()) }?.code == .pinLockedForNow)
    }

    @Test func aTPMThatDoesNotCountMakesNoKeyWithAPIN() async throws {
        try tpm.run("tpm2_dictionarylockout -s -n 3 -t 0 -l 0")
        let refused = await failure {
            _ = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
        }
        #expect(refused?.code == .unsupported)
    }

    @Test func aShortPINIsRefused() async {
        let refused = await failure {
            _ = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "12345"))
        }
        #expect(refused?.code == .cancelled)
    }

    @Test func neitherPINNorAuthorizationCrossesTheBus() async throws {
        let proxy = try MeddlingProxy(before: tpm)
        let store = TPMKeyStore(TPMOptions(tcti: proxy.tcti))
        let key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
        let signature = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [Self.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        let salt = try #require(TPMKeyRecord(reading: key.handle)?.pinSalt)
        let secret = try PINAuthorization.value(
            of: SecretBytes(copying: Array(Self.pin.utf8)), salt: salt, cost: .current)
        let authorization = secret.withUnsafeBytes { Array($0) }
        #expect(proxy.commands.count > 10)
        for command in proxy.commands {
            #expect(!command.holds(Array(Self.pin.utf8)))
            #expect(!command.holds(authorization))
            #expect(!command.holds(Array(authorization.prefix(8))))
        }
    }

    @Test func whatTravelsIsEncryptedToTheStorageRootKey() async throws {
        let proxy = try MeddlingProxy(before: tpm)
        let store = TPMKeyStore(TPMOptions(tcti: proxy.tcti))
        let key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
        #expect(try await !store.open(key).sign([1], presence: ScriptedPresence(pins: [Self.pin])).bytes.isEmpty)
        let sessions = proxy.commands.filter {
            $0.starts(with: [0x80, 0x01]) && Array($0[6..<10]) == [0, 0, 0x01, 0x76]
        }
        #expect(sessions.count == 2, "one for the new key, one for the signature")
        for session in sessions {
            // TPM2_StartAuthSession (Part 3 §11.1): the key that the salt is encrypted to is a loaded one, and there is a salt.
            #expect(session[10] == 0x80)
            let nonce = Int(session[18]) << 8 | Int(session[19])
            #expect(Int(session[20 + nonce]) << 8 | Int(session[21 + nonce]) > 32)
        }
    }

    @Test func noSessionIsSaltedToAnotherTPMsKey() async throws {
        let stranger = try SoftwareTPM()
        let proxy = try MeddlingProxy(before: stranger)
        let store = TPMKeyStore(TPMOptions(tcti: proxy.tcti))
        #expect(await failure { _ = try await store.open(key) }?.code == .keyNotFound)
        try stranger.run(
            "tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c root.ctx -a "
                + "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'; tpm2_flushcontext -t; "
                + "tpm2_evictcontrol -Q -C o -c root.ctx 0x81000001")
        #expect(await failure { _ = try await store.open(key) }?.code == .keyNotFound)
        #expect(proxy.commands.contains { Array($0[6..<10]) == [0, 0, 0x01, 0x31] })
        #expect(!proxy.commands.contains { Array($0[6..<10]) == [0, 0, 0x01, 0x76] })
    }

    @Test func aKeyKeepsHowItsPINWasStretched() async throws {
        // A key as it was made before there was another way.
        let salt = [UInt8](repeating: 5, count: PINAuthorization.saltSize)
        let pin = SecretBytes(copying: Array(Self.pin.utf8))
        let authorization = try PINAuthorization.value(of: pin, salt: salt, cost: .former)
        var made = try await TPMWorker(TPMOptions(tcti: tpm.tcti)).perform { connection in
            try connection.makeKey(pin: (authorization, salt), certification: nil, saved: SavedContexts())
        }
        made.record.pinCost = .former
        let key = StoredKey(
            id: "old", kind: .tpm, purpose: .userVerification, publicKey: made.publicKey, handle: made.record.bytes)
        let signature = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [Self.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func theAuthorizationDependsOnPINAndSalt() throws {
        func value(_ pin: String, _ salt: UInt8, _ cost: PINAuthorization.Cost = .current) throws -> [UInt8] {
            let salt = [UInt8](repeating: salt, count: PINAuthorization.saltSize)
            return try PINAuthorization.value(of: SecretBytes(copying: Array(pin.utf8)), salt: salt, cost: cost)
                .withUnsafeBytes { Array($0) }
        }
        #expect(try value("123456", 1) == value("123456", 1))
        #expect(try value("123456", 1) != value("123456", 2))
        #expect(try value("123456", 1) != value("123457", 1))
        #expect(try value("123456", 1) != value("123456", 1, .former))
        #expect(try value("123456", 1).count == 32)
        for salt in 0..<40 { #expect(try value("1", UInt8(salt))[31] & 1 == 1) }
    }
}
