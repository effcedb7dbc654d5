// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import TestSupport
import Testing
import VirtualAuthenticator

@testable import FIDO2Keys

/// A spare is on another security key than what it is a spare for.
@Suite(.timeLimit(.minutes(1))) struct SpareTests {
    /// A key that does not tell without its person whether it has a credential, in one way or another.
    enum Secrecy: CaseIterable { case hiddenCredential, refusalOfSilence }

    private func rig(_ secrecy: Secrecy, touchTimeout: Duration = .seconds(30)) -> Rig {
        var model = VirtualKeyModel()
        model.touchTimeout = touchTimeout
        if secrecy == .refusalOfSilence { model.refusalOfSilence = 0x30 }
        var rig = Rig(model)
        if secrecy == .hiddenCredential { rig.options.protection = .userVerificationRequired }
        return rig
    }

    @Test func aSpareOnTheSameSecurityKeyIsRefusedBeforeAnybodyIsAsked() async throws {
        let rig = Rig()
        let first = try await rig.make(.userVerification).stored
        let presence = ScriptedPresence(pins: [Rig.pin])
        let error = await Rig.error { try await rig.make(.userVerification, presence, spareFor: [first]) }
        #expect(error?.code == .sameHardware)
        #expect(error?.message.contains("use another security key") == true, "\(error?.message ?? "")")
        #expect(presence.requests.isEmpty && presence.actions.isEmpty)
        #expect(rig.key.credentialCount == 1)
    }

    @Test func aSpareOnAnotherSecurityKeyIsMade() async throws {
        let first = try await Rig().make(.userVerification).stored
        let rig = Rig()
        let spare = try await rig.make(.userVerification, spareFor: [first]).stored
        #expect(try await rig.sign(spare, .verification).assertion.verifies(by: spare, of: [1, 2, 3]))
    }

    @Test(arguments: Secrecy.allCases)
    func aKeyThatTellsNothingSilentlyRefusesTheSpareAfterATouch(_ secrecy: Secrecy) async throws {
        let rig = rig(secrecy)
        let first = try await rig.make(.userVerification).stored
        rig.key.set { $0.touch = .byHand }
        let task = Task { await Rig.error { try await rig.make(.userVerification, spareFor: [first]) } }
        while !rig.key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
        rig.key.touch()
        #expect(await task.value?.code == .sameHardware)
        #expect(rig.key.credentialCount == 1)
    }

    @Test(arguments: Secrecy.allCases)
    func aKeyThatNobodyTouchesRefusesTheSpareAllTheSame(_ secrecy: Secrecy) async throws {
        let rig = rig(secrecy, touchTimeout: .milliseconds(300))
        let first = try await rig.make(.userVerification).stored
        rig.key.set { $0.touch = .never }
        #expect(
            await Rig.failure { try await rig.make(.userVerification, spareFor: [first]) } == .sameHardware)
    }

    @Test func aKeyThatSpeaksU2FAloneIsNoSpareForItself() async throws {
        let rig = Rig(.u2f, pin: nil)
        let first = try await rig.make(.proofOfPossession, ScriptedPresence()).stored
        let presence = ScriptedPresence()
        #expect(
            await Rig.failure { try await rig.make(.proofOfPossession, presence, spareFor: [first]) } == .sameHardware)
        #expect(presence.actions.isEmpty)
        let other = Rig(.u2f, pin: nil)
        _ = try await other.make(.proofOfPossession, ScriptedPresence(), spareFor: [first])
    }

    @Test func moreKeysThanASecurityKeyTakesInAListAreLookedFor() async throws {
        var keys: [StoredKey] = []
        for _ in 0...VirtualKeyModel.longestList { keys.append(try await Rig().make(.userVerification).stored) }
        let rig = Rig()
        let spare = try await rig.make(.userVerification, spareFor: keys).stored
        #expect(
            await Rig.failure { try await rig.make(.userVerification, spareFor: keys + [spare]) } == .sameHardware)
    }

    @Test func anIdThatIsLongerThanTheKeysOwnIsNotAskedFor() async throws {
        var first = try await Rig().make(.userVerification).stored
        var handle = try CredentialHandle(reading: first.handle)
        handle.credentialID += [UInt8](repeating: 1, count: 200)
        first.handle = try handle.encoded()
        _ = try await Rig().make(.userVerification, spareFor: [first])
    }

    @Test func aKeyOfAnotherVerifierOrKindIsNothingToASpare() async throws {
        let rig = Rig()
        let elsewhere = try await rig.make(.userVerification, issuer: "https://id.example.org").stored
        let file = StoredKey(id: "f", kind: .software, purpose: .userVerification, publicKey: elsewhere.publicKey)
        _ = try await rig.make(.userVerification, spareFor: [elsewhere, file])
        #expect(rig.key.credentialCount == 2)
    }
}
