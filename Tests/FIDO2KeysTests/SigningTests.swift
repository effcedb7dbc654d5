// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import FIDO2Keys
import TestSupport
import Testing
import VirtualAuthenticator

@Suite struct SigningTests {
    @Test func possessionIsProvedSilently() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.set { $0.touch = .never }
        let presence = ScriptedPresence()
        let signed = try await rig.sign(made.stored, .possession, presence)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(signed.assertion.flags & 0x05 == 0, "neither present nor verified")
        #expect(signed.verification == .none)
        #expect(presence.requests.isEmpty && presence.actions.isEmpty)
    }

    @Test(arguments: [UInt8(0x2B), 0x2C, 0x36, 0x3B])
    func aKeyThatDoesNotSignSilentlySaysSo(status: UInt8) async throws {
        var model = VirtualKeyModel()
        model.refusalOfSilence = status
        let rig = Rig(model)
        let made = try await rig.make(.userVerification)
        #expect(await Rig.failure { try await rig.sign(made.stored, .possession) } == .interactionNeeded)
        let signed = try await rig.sign(made.stored, .presence)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
    }

    @Test func aKeyThatRefusesSilenceIsSignedWithByItsPIN() async throws {
        var model = VirtualKeyModel()
        model.refusalOfSilence = 0x2B
        let rig = Rig(model)
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: ["0000", Rig.pin])
        let unlocked = try await rig.store.open(made.stored).unlock(for: .verification, presence: presence)
        #expect(presence.requests.map(\.triesLeft) == [8])
        #expect(presence.actions.isEmpty, "no touch before the message is known")
        _ = try await unlocked.sign([1], presence: presence)
        #expect(presence.requests.map(\.triesLeft) == [8, 7])
    }

    @Test func presenceIsProvedByATouch() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.set { $0.touch = .byHand }
        let key = rig.key
        let presence = ReactingPresence { _ in
            while !key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
            key.touch()
        }
        let signed = try await rig.sign(made.stored, .presence, presence)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(signed.assertion.flags & 0x05 == 0x01)
        #expect(presence.ended == [HardwareAction(.touch, deviceName: "Virtual Key")])
    }

    @Test(arguments: [[2, 1], [1], [2]], [true, false])
    func thePersonIsVerifiedByAPIN(protocols: [Int], hasPermissions: Bool) async throws {
        var model = VirtualKeyModel()
        model.pinProtocols = protocols
        model.hasPermissions = hasPermissions
        let rig = Rig(model)
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: [Rig.pin])
        let signed = try await rig.sign(made.stored, .verification, presence)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(signed.assertion.flags & 0x05 == 0x05)
        #expect(signed.verification == .pin)
        #expect(presence.requests == [PINRequest(deviceName: "Virtual Key", triesLeft: 8, lastEntryWasWrong: false)])
        #expect(presence.actions == [HardwareAction(.touch, deviceName: "Virtual Key")])
    }

    @Test func aKeyThatAlwaysVerifiesTakesThePINForATouch() async throws {
        var model = VirtualKeyModel()
        model.isAlwaysVerifying = true
        let rig = Rig(model)
        let made = try await rig.make(.proofOfPossession)
        let signed = try await rig.sign(made.stored, .presence)
        #expect(signed.verification == .pin)
        #expect(signed.assertion.flags & 0x05 == 0x05)
    }

    @Test func countersRise() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        let first = try await rig.sign(made.stored, .presence)
        let second = try await rig.sign(made.stored, .presence)
        #expect(second.assertion.counter > first.assertion.counter)
    }

    @Test func eachMessageHasItsOwnAssertion() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        let signed = try await rig.sign(made.stored, .possession, ScriptedPresence(), [9])
        #expect(try !signed.assertion.verifies(by: made.stored, of: [8]))
    }

    @Test func anAnswerWithoutWhatWasAskedForIsRefused() async throws {
        let rig = Rig()
        let made = try await rig.make(.userVerification)
        // The flag of the verified person is taken out, and the signature with it.
        rig.key.set { switches in
            switches.mutateAnswer = { command, answer in
                guard command == 2, let start = answer.firstRange(of: SHA256.hash(Array(Rig.relyingPartyID.utf8)))
                else {
                    return answer
                }
                var changed = answer
                changed[start.upperBound] &= 0xFB
                return changed
            }
        }
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification) } == .unavailable)
    }

    @Test(arguments: [VirtualKeyModel.Lie.nobodyPresent, .nobodyVerified, .foreignRelyingParty])
    func aKeyThatSignsWhatWasNotAskedForIsRefused(lie: VirtualKeyModel.Lie) async throws {
        let rig = Rig()
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: [Rig.pin])
        let unlocked = try await rig.store.open(made.stored).unlock(for: .verification, presence: presence)
        rig.key.set(lie: lie)
        let error = await Rig.error { try await unlocked.sign([1], presence: presence) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("not what was asked of it") == true)
    }

    @Test func aTouchedKeyThatSignsThatNobodyWasThereIsRefused() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.set(lie: .nobodyPresent)
        #expect(await Rig.failure { try await rig.sign(made.stored, .presence) } == .unavailable)
        _ = try await rig.sign(made.stored, .possession)
    }

    @Test func aSilentSignatureForAnotherRelyingPartyIsRefused() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        let unlocked = try await rig.store.open(made.stored).unlock(for: .possession, presence: ScriptedPresence())
        rig.key.set(lie: .foreignRelyingParty)
        #expect(await Rig.failure { try await unlocked.sign([1], presence: ScriptedPresence()) } == .unavailable)
    }

    @Test func aSignInWithAPINOpensTheKeyTwice() async throws {
        let rig = Rig()
        let made = try await rig.make(.userVerification)
        let source = CountingDevices(rig.devices)
        let store = FIDO2KeyStore(rig.options, source: source)
        let presence = ScriptedPresence(pins: [Rig.pin])
        let unlocked = try await store.open(made.stored).unlock(for: .verification, presence: presence)
        #expect(source.opened == 1, "to find the credential")
        _ = try await unlocked.sign([1], presence: presence)
        #expect(source.opened == 2, "to check the PIN and sign")
    }

    @Test func aKeyThatWasResetNoLongerHasTheCredential() async throws {
        var rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.options.insertTimeout = .milliseconds(400)
        let other = Rig()
        let store = FIDO2KeyStore(rig.options, source: other.devices)
        let error = await Rig.error {
            try await store.open(made.stored).unlock(for: .presence, presence: ScriptedPresence())
        }
        #expect(error?.code == .deviceRemoved)
        #expect(error?.message.contains("Virtual Key") == true)
    }

    @Test func theRightOneOfSeveralKeysIsFoundWithoutAsking() async throws {
        let other = VirtualAuthenticator()
        other.set { $0.touch = .never }
        var rig = Rig(others: [other])
        let path = try #require(try rig.devices.devices().first).path
        rig.options.device = .path(path)
        let made = try await rig.make(.proofOfPossession)
        let signed = try await rig.sign(made.stored, .presence)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(other.credentialCount == 0)
    }
}
