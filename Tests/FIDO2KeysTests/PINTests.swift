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

@Suite struct PINTests {
    private let rig = Rig()

    @Test func wrongPINsInARowWantAPowerCycleAndTheLimitIsForGood() async throws {
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: ["0000", "0001", "0002", "0003"])
        let error = await Rig.error { try await rig.sign(made.stored, .verification, presence) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("unplug") == true)
        #expect(presence.requests.map(\.triesLeft) == [8, 7, 6])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true, true])
        #expect(rig.key.pinTries == 5)
        // Before that nothing is tried, and nothing is lost.
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification) } == .unavailable)
        #expect(rig.key.pinTries == 5)
        rig.key.unplug()
        rig.key.plug()
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification, presence) } == .cancelled)
        rig.key.unplug()
        rig.key.plug()
        let last = ScriptedPresence(pins: ["1000", "1001", "1002"])
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification, last) } == .unavailable)
        #expect(last.requests.map(\.triesLeft) == [4, 3, 2])
        rig.key.unplug()
        rig.key.plug()
        let end = ScriptedPresence(pins: ["2000"])
        let locked = await Rig.error { try await rig.sign(made.stored, .verification, end) }
        #expect(end.requests.map(\.triesLeft) == [1])
        #expect(locked?.code == .pinLocked)
        #expect(locked?.message.contains("fido2-token -R") == true)
        // Not even the right one, and nobody is asked.
        let after = ScriptedPresence(pins: [Rig.pin])
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification, after) } == .pinLocked)
        #expect(after.requests.isEmpty)
    }

    @Test func theRightPINGivesTheTriesBack() async throws {
        let made = try await rig.make(.userVerification)
        _ = try await rig.sign(made.stored, .verification, ScriptedPresence(pins: ["0000", "0001", Rig.pin]))
        #expect(rig.key.pinTries == 8)
    }

    @Test func anEntryThatCannotBeAPINCostsNoTry() async throws {
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: ["123", String(repeating: "9", count: 64), "12\u{0}45", Rig.pin])
        _ = try await rig.sign(made.stored, .verification, presence)
        #expect(presence.requests.map(\.triesLeft) == [8, 8, 8, 8])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true, true, true])
    }

    /// Four is the most of which three wrong ones in a row, after which a key has to be unplugged, leave one.
    @Test(arguments: [2, 3, 4]) func theLastTryIsNotSpentOnAPINThatWasAskedForWithMore(tries: Int) async throws {
        let made = try await rig.make(.userVerification)
        let key = rig.key
        key.pinTries = tries
        let presence = DwindlingPresence(pins: ["0000", Rig.pin]) { key.pinTries = 1 }
        _ = try await rig.sign(made.stored, .verification, presence)
        #expect(presence.requests.map(\.triesLeft) == [tries, 1])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, false], "the first entry was never tried")
    }

    @Test func eachEntryIsForAMessageOfItsOwn() async throws {
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: ["0000", "0001", Rig.pin])
        let unlocked = try await rig.store.open(made.stored).unlock(for: .verification, presence: presence)
        let written = Mutex<[UInt8]>([])
        let signature = try await unlocked.sign(presence: presence) {
            written.withLock { $0.append(UInt8($0.count)) }
            return written.withLock { $0 }
        }
        #expect(written.withLock { $0 } == [0, 1, 2])
        #expect(try CarriedAssertion(reading: signature).verifies(by: made.stored, of: [0, 1, 2]))
    }

    @Test func aWrongPINIsKnownBeforeTheKeyIsTouched() async throws {
        let made = try await rig.make(.userVerification)
        rig.key.set { $0.touch = .never }
        let presence = ScriptedPresence(pins: ["0000"])
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification, presence) } == .cancelled)
        #expect(presence.requests.map(\.triesLeft) == [8, 7])
    }

    @Test func aPINChangedWhileItWasTypedIsAskedForAgain() async throws {
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: [Rig.pin, "5678"])
        let unlocked = try await rig.store.open(made.stored).unlock(for: .verification, presence: presence)
        rig.key.set(pin: "5678")
        _ = try await unlocked.sign([1], presence: presence)
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, true])
    }

    @Test func aPINRemovedElsewhereIsToldOf() async throws {
        let made = try await rig.make(.userVerification)
        rig.key.set(pin: nil)
        let error = await Rig.error { try await rig.sign(made.stored, .verification) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("fido2-token -S") == true)
    }

    @Test func aKeyWhosePINHasToBeChangedSaysSoBeforeAnybodyIsAsked() async throws {
        var model = VirtualKeyModel()
        model.wantsNewPIN = true
        let rig = Rig(model)
        let presence = ScriptedPresence(pins: [Rig.pin])
        let error = await Rig.error { try await rig.make(.userVerification, presence) }
        #expect(error?.message.contains("fido2-token -C") == true)
        #expect(presence.requests.isEmpty)
    }

    @Test func wrongPINsAsACredentialIsMadeAreCountedToo() async throws {
        let presence = ScriptedPresence(pins: ["0000", Rig.pin])
        _ = try await rig.make(.userVerification, presence)
        #expect(presence.requests.map(\.triesLeft) == [8, 7])
        #expect(
            presence.actions == [HardwareAction(.touch, deviceName: "Virtual Key")], "a touch for the right one alone")
    }

    @Test func aPersonWhoGivesUpIsNotAskedAgain() async throws {
        let made = try await rig.make(.userVerification)
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification, ScriptedPresence()) } == .cancelled)
        #expect(rig.key.pinTries == 8)
    }

    @Test func aFingerIsAsGoodAsAPIN() async throws {
        let rig = Rig(.fingerprint)
        let presence = ScriptedPresence()
        let made = try await rig.make(.userVerification, presence)
        let signed = try await rig.sign(made.stored, .verification, presence)
        #expect(signed.verification == .fingerprint)
        #expect(signed.assertion.flags & 0x05 == 0x05)
        #expect(presence.requests.isEmpty)
        #expect(presence.actions.map(\.kind) == [.fingerprint, .fingerprint])
    }

    @Test func aFingerThatIsNotRecognisedIsTriedAgainAndThenThePINIsAskedFor() async throws {
        let rig = Rig(.fingerprint)
        let made = try await rig.make(.userVerification)
        rig.key.set { $0.isRightFinger = false }
        let presence = ScriptedPresence(pins: [Rig.pin])
        #expect(await Rig.failure { try await rig.sign(made.stored, .verification, presence) } == .unavailable)
        #expect(rig.key.fingerTries == 0)
        #expect(presence.requests.isEmpty, "what is signed says finger")
        let signed = try await rig.sign(made.stored, .verification, presence)
        #expect(signed.verification == .pin)
        #expect(presence.requests.count == 1)
        #expect(rig.key.fingerTries == 3, "the right PIN gives the tries back")
    }
}
