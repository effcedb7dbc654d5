// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualAuthenticator
import WebAuthn

@testable import FIDO2Keys

/// Keys on smart-card readers; the real pcscd is in Tests/EndToEndTests.
@Suite(.timeLimit(.minutes(2))) struct ReaderTests {
    private func store(_ key: VirtualAuthenticator, answersEarly: Bool = true) -> FIDO2KeyStore {
        FIDO2KeyStore(
            FIDO2Options(touchTimeout: .seconds(20), insertTimeout: .zero),
            source: VirtualDevices.onReaders([key], answersEarly: answersEarly))
    }

    private let request = KeyRequest(purpose: .userVerification, issuer: Rig.issuer, organizationName: "Example")

    @Test(arguments: [true, false])
    func aCredentialIsMadeAndUsedOnAReader(answersEarly: Bool) async throws {
        let key = VirtualAuthenticator()
        key.set(pin: Rig.pin)
        let store = store(key, answersEarly: answersEarly)
        let presence = ScriptedPresence(pins: [Rig.pin, Rig.pin])
        let made = try await store.generate(request, presence: presence).stored
        let unlocked = try await store.open(made).unlock(for: .verification, presence: presence)
        let bytes = try await unlocked.sign([1, 2, 3], presence: presence)
        #expect(try CarriedAssertion(reading: bytes).verifies(by: made, of: [1, 2, 3]))
    }

    /// On a reader any program may reset a key, after which it takes three wrong PINs more.
    @Test func theLastTryOnAReaderIsNotSpentOnAPINThatWasAskedForWithMany() async throws {
        let key = VirtualAuthenticator()
        key.set(pin: Rig.pin)
        let store = store(key)
        let made = try await store.generate(request, presence: ScriptedPresence(pins: [Rig.pin])).stored
        let presence = DwindlingPresence(pins: ["0000", Rig.pin]) { key.pinTries = 1 }
        let unlocked = try await store.open(made).unlock(for: .verification, presence: presence)
        _ = try await unlocked.sign([1, 2, 3], presence: presence)
        #expect(presence.requests.map(\.triesLeft) == [8, 1])
        #expect(presence.requests.map(\.lastEntryWasWrong) == [false, false], "the first entry was never tried")
    }

    @Test func aLongAnswerComesInParts() async throws {
        var model = VirtualKeyModel()
        model.algorithms = [.rs256]
        let key = VirtualAuthenticator(model)
        key.set(pin: Rig.pin)
        let presence = ScriptedPresence(pins: [Rig.pin])
        let made = try await store(key).generate(request, presence: presence).stored
        #expect(made.publicKey.algorithm == .rs256)
    }

    @Test func anOldKeyOnAReaderSpeaksU2F() async throws {
        let key = VirtualAuthenticator(.u2f)
        let store = store(key)
        var request = request
        request.purpose = .proofOfPossession
        let made = try await store.generate(request, presence: ScriptedPresence()).stored
        let unlocked = try await store.open(made).unlock(for: .presence, presence: ScriptedPresence())
        let bytes = try await unlocked.sign([1, 2, 3], presence: ScriptedPresence())
        #expect(try CarriedAssertion(reading: bytes).verifies(by: made, of: [1, 2, 3]))
    }

    @Test func aKeyTakenOffTheReaderIsRemoved() async throws {
        let key = VirtualAuthenticator()
        let store = store(key)
        var request = request
        request.purpose = .proofOfPossession
        key.set { $0.touch = .byHand }
        let presence = ReactingPresence { _ in
            while !key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
            key.unplug()
        }
        #expect(await Rig.failure { try await store.generate(request, presence: presence) } == .deviceRemoved)
    }

    @Test func cancellingTellsTheCard() async throws {
        let key = VirtualAuthenticator()
        key.set { $0.touch = .never }
        let store = store(key)
        var request = request
        request.purpose = .proofOfPossession
        let task = Task { [request] in try await store.generate(request, presence: ScriptedPresence()) }
        while !key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
        while key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func aCardThatNeverEndsItsAnswerIsLeft() {
        final class Endless: CardChannel {
            func transmit(_ command: [UInt8]) -> [UInt8]? { [UInt8](repeating: 1, count: 200) + [0x61, 0xFF] }
            func close() {}
        }
        let session = CardSession(Endless())
        #expect(!session.send(0x10, [4]))
    }

    @Test func howLongACardMayTakeGoesByWhatItIsAsked() {
        #expect(ReaderChannel.limit(for: [0x00, 0xA4, 0x04, 0x00]) == .seconds(10))
        #expect(ReaderChannel.limit(for: [0x80, 0x11, 0x00, 0x00]) == .seconds(10))
        // It may wait for a touch, in CTAP as in U2F.
        #expect(ReaderChannel.limit(for: [0x80, 0x10, 0x00, 0x00]) > FIDO2Options().touchTimeout)
        #expect(ReaderChannel.limit(for: [0x00, 0x01, 0x03, 0x00]) > FIDO2Options().touchTimeout)
    }

    @Test func onlyCardsWithoutContactsAreAsked() {
        #expect(CardReaders.isContactless([0x3B, 0x80, 0x80, 0x01, 0x01]))
        #expect(CardReaders.isContactless([0x3B, 0x8D, 0x80, 0x01, 0x80, 0x73]))
        #expect(!CardReaders.isContactless([0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81]), "a YubiKey in a USB port")
        #expect(!CardReaders.isContactless([]))
    }
}
