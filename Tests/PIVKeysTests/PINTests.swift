// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Dispatch
import Synchronization
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

@Suite struct PINTests {
    private let fixture: CardFixture
    private let key: StoredKey

    init() async throws {
        fixture = CardFixture()
        key = try await fixture.key()
        fixture.card.clearLog()
    }

    private func sign(_ person: ScriptedPresence) async throws -> [UInt8] {
        try await fixture.store().open(key).sign([1], presence: person).bytes
    }

    @Test func aWrongPINIsAskedForAgainAndTheRightOneGivesTheTriesBack() async throws {
        let person = ScriptedPresence(pins: ["000000", "111111", CardFixture.pin])
        let signature = try await sign(person)
        #expect(key.publicKey.verifies(signature, of: [1]))
        #expect(person.requests.map(\.triesLeft) == [3, 2, 1])
        #expect(person.requests.map(\.lastEntryWasWrong) == [false, true, true])
        #expect(fixture.card.pinTriesLeft == 3)
    }

    @Test func threeWrongPINsLockTheCardAndItIsNotAskedAgain() async throws {
        let person = ScriptedPresence(pins: (0..<9).map { "00000\($0)" })
        #expect(await code { _ = try await sign(person) } == .pinLocked)
        #expect(person.requests.map(\.triesLeft) == [3, 2, 1])
        let next = ScriptedPresence(pins: [CardFixture.pin])
        #expect(await code { _ = try await sign(next) } == .pinLocked)
        #expect(next.requests.isEmpty)
        #expect(fixture.card.log.signatures == 0)
    }

    @Test func whoGivesUpSpendsNoTry() async throws {
        #expect(await code { _ = try await sign(ScriptedPresence()) } == .cancelled)
        #expect(fixture.card.pinTriesLeft == 3)
    }

    @Test(arguments: ["", "123456789", "öäüöäü"])
    func whatNoCardCanHaveAsAPINSpendsNoTry(entry: String) async throws {
        let person = ScriptedPresence(pins: [entry, CardFixture.pin])
        _ = try await sign(person)
        #expect(person.requests.map(\.triesLeft) == [3, 3])
        #expect(person.requests.map(\.lastEntryWasWrong) == [false, true])
    }

    @Test func theLastTryIsNotSpentWithoutSayingThatItIsTheLast() async throws {
        // While the person types, another program is wrong twice: of the three tries that were shown one is left.
        let card = fixture.card
        fixture.readers.afterTransactions { _, number in
            guard number == 1 else { return }
            for _ in 0..<2 { _ = card.transmit([0, 0x20, 0, 0x80, 8] + [UInt8](repeating: 0x30, count: 8)) }
        }
        let person = ScriptedPresence(pins: ["000000", CardFixture.pin])
        _ = try await sign(person)
        #expect(person.requests.map(\.triesLeft) == [3, 1])
        #expect(person.requests.map(\.lastEntryWasWrong) == [false, false])
        #expect(card.pinTriesLeft == 3)
    }

    @Test func aPINChangedWhileItWasTypedIsAskedForAgain() async throws {
        let person = ScriptedPresence(pins: [CardFixture.pin, "654321"])
        let unlocked = try await fixture.store().open(key).unlock(for: .verification, presence: person)
        fixture.card.setPIN("654321")
        let signature = try await unlocked.sign([1], presence: person)
        #expect(key.publicKey.verifies(signature, of: [1]))
        #expect(person.requests.map(\.triesLeft) == [3, 2])
        #expect(person.requests.map(\.lastEntryWasWrong) == [false, true])
    }

    @Test func aPINThatWasRightOnceIsNotShownForTheLastTry() async throws {
        let place = SlotKey(
            reference: try KeyReference(handle: key.handle), publicKey: key.publicKey, deviceName: "card"
        ).place
        let store = fixture.store()
        let person = ScriptedPresence(pins: [CardFixture.pin])
        let pin = try await store.enterPIN(at: place, presence: person)
        fixture.card.setPIN("654321")
        for _ in 0..<4 {
            #expect(await code { try await store.withPIN(pin, at: place, presence: person) { _ in } } == .unavailable)
        }
        #expect(fixture.card.pinTriesLeft == 1)
    }

    @Test func eachEntryIsForAMessageOfItsOwn() async throws {
        let person = ScriptedPresence(pins: ["000000", "111111", CardFixture.pin])
        let unlocked = try await fixture.store().open(key).unlock(for: .verification, presence: person)
        let written = Mutex<[UInt8]>([])
        let signature = try await unlocked.sign(presence: person) {
            written.withLock { $0.append(UInt8($0.count)) }
            return written.withLock { $0 }
        }
        #expect(key.publicKey.verifies(signature, of: [0, 1, 2]))
    }

    @Test func aSignInGoesToTheCardTwiceAndShowsThePINOnce() async throws {
        _ = try await sign(ScriptedPresence(pins: [CardFixture.pin]))
        let commands = fixture.card.log.commands
        #expect(commands.count { $0.starts(with: [0, 0x20, 0, 0x80, 8]) } == 1)
        #expect(commands.count { $0.starts(with: [0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8]) } >= 2)
        // The last look at the card and its tries is followed by PIN and signature, in one transaction.
        let shown = try #require(commands.firstIndex { $0.starts(with: [0, 0x20, 0, 0x80, 8]) })
        #expect(commands[shown + 1].starts(with: [0, 0x87]))
    }

    @Test func theCardForgetsThePINAfterwardsUnlessAnotherProgramHadShownIt() async throws {
        for style in [CardSettings.Style.yubiKey, .nist] {
            let plain = CardFixture(style)
            let key = try await plain.key()
            #expect(!plain.card.isPINVerified)
            let open = try await plain.store().open(key)
            _ = try await open.unlock(for: .verification, presence: ScriptedPresence(pins: [CardFixture.pin]))
            #expect(!plain.card.isPINVerified)
            _ = try await open.sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
            #expect(!plain.card.isPINVerified)
            _ = plain.card.transmit([0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8])
            _ = plain.card.transmit([0, 0x20, 0, 0x80, 8] + Array("123456".utf8) + [0xFF, 0xFF])
            #expect(plain.card.isPINVerified)
            _ = try await open.sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
            #expect(plain.card.isPINVerified)
        }
    }

    @Test func aProcessThatGoesOnHasTheSignatureBeforeTheCardHasForgottenThePIN() async throws {
        let store = PIVKeyStore(PIVOptions(), service: fixture.readers, outlivesSignatures: true)
        let (card, before) = (fixture.card, fixture.card.log.signatures)
        let answers = Mutex(0)
        let gate = DispatchSemaphore(value: 0)
        fixture.readers.mutate { answer in
            guard card.log.signatures > before else { return answer }
            let isAfterSignature = answers.withLock { count in
                count += 1
                return count == 2
            }
            // Without an end the test would be one that never fails.
            if isAfterSignature { _ = gate.wait(timeout: .now() + 5) }
            return answer
        }
        let signature = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(fixture.readers.openConnections == 1)
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        gate.signal()
        _ = await store.availability()
        #expect(!fixture.card.isPINVerified && fixture.readers.openConnections == 0)
    }

    @Test func aCardsGlobalPINIsUsedWhereItPrefersThat() async throws {
        let plain = CardFixture(.nist) { $0.prefersGlobalPIN = true }
        let key = try await plain.key()
        let open = try await plain.store().open(key)
        _ = try await open.sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(plain.card.log.commands.contains { $0.starts(with: [0, 0x20, 0, 0x00, 8]) })
    }

    @Test func onAReadersPadThePersonTypesThere() async throws {
        fixture.readers.attachPad(typing: CardFixture.pin)
        let person = ScriptedPresence(pins: ["000000"])
        let signature = try await sign(person)
        #expect(key.publicKey.verifies(signature, of: [1]))
        #expect(person.requests.isEmpty)
        #expect(person.actions.map(\.kind) == [.pinOnReader])
    }

    @Test func aWrongPINOrNoneOnThePadIsSaid() async throws {
        fixture.readers.attachPad(typing: "000000")
        #expect(await code { _ = try await sign(ScriptedPresence()) } == .unavailable)
        #expect(fixture.card.pinTriesLeft == 2)
        fixture.readers.attachPad(typing: nil)
        #expect(await code { _ = try await sign(ScriptedPresence()) } == .cancelled)
        #expect(fixture.card.pinTriesLeft == 2)
        #expect(fixture.card.log.signatures == 0)
    }
}
