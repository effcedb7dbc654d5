// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Synchronization
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

@Suite struct FaultTests {
    private static let longest: Duration = .seconds(5)

    /// The commands of one sign-in.
    private func commandsOfASignIn(_ fixture: CardFixture, _ key: StoredKey) async throws -> Int {
        fixture.readers.plan()
        _ = try await fixture.store().open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        return fixture.readers.commandCount
    }

    @Test(arguments: [CardSettings.Style.yubiKey, .nist])
    func aCardPulledOutAtAnyCommandIsSaidAndWorksAgainAfterwards(style: CardSettings.Style) async throws {
        let fixture = CardFixture(style)
        let key = try await fixture.key()
        let count = try await commandsOfASignIn(fixture, key)
        #expect(count > 8)
        let store = fixture.store()
        for number in 0..<count {
            fixture.readers.plan([number: .pullOut])
            let person = ScriptedPresence(pins: [CardFixture.pin])
            let result = await code { _ = try await store.open(key).sign([1], presence: person) }
            // After the signature only the PIN's forgetting is left.
            #expect(result == .deviceRemoved || (result == nil && number >= count - 3), "at command \(number)")
            #expect(fixture.readers.openConnections == 0)
            fixture.readers.plan()
            fixture.readers.insert(fixture.card)
            let signature = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
            #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        }
    }

    @Test(arguments: [CardSettings.Style.yubiKey, .nist])
    func aResetAtAnyCommandIsHealedOrSaidAndCostsNoTry(style: CardSettings.Style) async throws {
        let fixture = CardFixture(style)
        let key = try await fixture.key()
        let count = try await commandsOfASignIn(fixture, key)
        var unhealed: [Int] = []
        for number in 0..<count {
            fixture.readers.plan([number: .reset])
            let person = ScriptedPresence(pins: [CardFixture.pin, CardFixture.pin])
            let result = await code { _ = try await fixture.store().open(key).sign([1], presence: person) }
            #expect(result == nil || result == .unavailable, "at command \(number)")
            if result != nil { unhealed.append(number) }
            #expect(fixture.card.pinTriesLeft == 3)
            #expect(fixture.readers.openConnections == 0)
        }
        // A PIN that is being tried for the first time, and nothing else, is not tried again by itself.
        #expect(unhealed.count == 1)
    }

    @Test(arguments: [VirtualReaders.Fault.pullOut, .reset, .stopService])
    func whatGoesWrongAtAnyCommandIsHealedOrSaidWhereTheSignatureIsGivenAwayAtOnce(
        _ fault: VirtualReaders.Fault
    ) async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let count = try await commandsOfASignIn(fixture, key)
        let store = PIVKeyStore(
            PIVOptions(), service: fixture.readers, patience: .milliseconds(300), outlivesSignatures: true)
        func sign() async -> DeviceKeyError.Code? {
            let person = ScriptedPresence(pins: [CardFixture.pin, CardFixture.pin])
            return await code {
                let signature = try await store.open(key).sign([1], presence: person)
                #expect(key.publicKey.verifies(signature.bytes, of: [1]))
            }
        }
        for number in 0..<count {
            fixture.readers.plan([number: fault])
            let result = await sign()
            #expect(result == nil || result == .unavailable || result == .deviceRemoved, "at command \(number)")
            // The card is let go in turn with what is asked of the store next.
            _ = await store.availability()
            #expect(fixture.readers.openConnections == 0 && fixture.card.pinTriesLeft == 3, "at command \(number)")
            fixture.readers.plan()
            fixture.readers.insert(fixture.card)
            #expect(await sign() == nil)
        }
    }

    @Test func aPINThatIsCheckedByItselfIsNotShownTwiceAfterAReset() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let place = SlotKey(
            reference: try KeyReference(handle: key.handle), publicKey: key.publicKey, deviceName: "card"
        ).place
        fixture.readers.plan()
        _ = try await fixture.store().enterPIN(at: place, presence: ScriptedPresence(pins: [CardFixture.pin]))
        var unhealed = 0
        for number in 0..<fixture.readers.commandCount {
            fixture.readers.plan([number: .reset])
            let person = ScriptedPresence(pins: [CardFixture.pin])
            do { _ = try await fixture.store().enterPIN(at: place, presence: person) } catch { unhealed += 1 }
        }
        #expect(unhealed == 1)
    }

    @Test func aServiceThatStartsAnewIsWaitedFor() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let count = try await commandsOfASignIn(fixture, key)
        var unhealed: [Int] = []
        for number in 0..<count {
            // From the same state each time: the card keeps its power, and what an interrupted round left.
            fixture.readers.insert(fixture.card)
            fixture.readers.plan([number: .stopService])
            let person = ScriptedPresence(pins: [CardFixture.pin])
            let result = await code { _ = try await fixture.store().open(key).sign([1], presence: person) }
            #expect(result == nil || result == .unavailable, "at command \(number)")
            if result != nil { unhealed.append(number) }
        }
        #expect(unhealed.count == 1)
    }

    @Test func aServiceThatStaysAwayIsSaidInTime() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        fixture.readers.run(false)
        let start = ContinuousClock.now
        #expect(
            await code { _ = try await fixture.store().open(key).sign([1], presence: ScriptedPresence()) }
                == .unavailable)
        #expect(ContinuousClock.now - start < Self.longest)
    }

    @Test func aCardThatAnotherProgramHoldsIsWaitedForAndThenSaid() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        fixture.readers.holdForOthers(true)
        let start = ContinuousClock.now
        let impatient = fixture.store(patience: .milliseconds(200))
        #expect(
            await code { _ = try await impatient.open(key).sign([1], presence: ScriptedPresence()) } == .unavailable)
        #expect(ContinuousClock.now - start >= .milliseconds(200))
        let patient = fixture.store(patience: Self.longest)
        let readers = fixture.readers
        let release = Task {
            try await Task.sleep(for: .milliseconds(100))
            readers.holdForOthers(false)
        }
        _ = try await patient.open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        try await release.value
    }

    @Test func whoeverHoldsTheCardIsNotAskedTooOften() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        fixture.readers.holdForOthers(true)
        let before = fixture.readers.connectionAttempts
        let store = fixture.store(patience: .milliseconds(500))
        #expect(await code { _ = try await store.open(key).sign([1], presence: ScriptedPresence()) } == .unavailable)
        let attempts = fixture.readers.connectionAttempts - before
        #expect((2...7).contains(attempts), "\(attempts)")
    }

    @Test func connectingAndWaitingForItsTurnAreOnePatience() async throws {
        let fixture = CardFixture()
        let card = try #require(try fixture.readers.cards().first)
        let other = try fixture.readers.connect(to: card, patience: .zero)
        try other.beginTransaction(patience: .zero)
        fixture.readers.delayConnections(by: .milliseconds(200))
        let start = ContinuousClock.now
        #expect(throws: CardFailure.busy) {
            try PIVSession(card, of: fixture.readers, patience: .milliseconds(300))
        }
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(300) && waited < .milliseconds(450), "\(waited)")
        other.disconnect()
    }

    @Test func aCardThatStaysWhereItIsIsFoundWithoutLookingForIt() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let store = fixture.store()
        _ = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        let before = fixture.readers.listings
        _ = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [CardFixture.pin]))
        #expect(fixture.readers.listings == before)
    }

    @Test(arguments: [(CardSettings.Style.yubiKey, 17), (.nist, 18)])
    func aSignInAsksTheCardForNoMoreThanItNeeds(style: CardSettings.Style, most: Int) async throws {
        let fixture = CardFixture(style)
        let key = try await fixture.key()
        #expect(try await commandsOfASignIn(fixture, key) <= most)
    }

    @Test func manySignAtOnceOnOneCard() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<8 as Range<UInt8> {
                // A store each, as in processes of their own.
                let store = fixture.store(patience: .seconds(20))
                group.addTask {
                    let person = ScriptedPresence(pins: [CardFixture.pin])
                    let signature = try await store.open(key).sign([number], presence: person)
                    return key.publicKey.verifies(signature.bytes, of: [number])
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(fixture.readers.openConnections == 0)
    }

    @Test func noOtherCardIsEverShownThePIN() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        let unlocked = try await fixture.store().open(key).unlock(
            for: .verification, presence: ScriptedPresence(pins: [CardFixture.pin]))
        let stranger = VirtualPIVCard(CardSettings(.nist))
        fixture.readers.pullOut()
        fixture.readers.insert(stranger)
        #expect(await code { _ = try await unlocked.sign([1], presence: ScriptedPresence()) } == .deviceRemoved)
        #expect(stranger.log.commands.allSatisfy { $0[1] != 0x20 })
    }

    @Test func aSignatureOfAnotherKeyIsNotHandedOn() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        fixture.card.makeKey(0x11, in: 0x9A)
        let person = ScriptedPresence(pins: [CardFixture.pin])
        #expect(await code { _ = try await fixture.store().open(key).sign([1], presence: person) } == .keyNotFound)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func whateverTheCardAnswersTheStoreEndsInTimeAndSignsNothingWrong(seed: UInt64) async throws {
        let fixture = CardFixture(seed % 2 == 0 ? .yubiKey : .nist)
        let key = try await fixture.key()
        let mutation = AnswerMutation(seed: seed)
        fixture.readers.mutate { mutation.mutate($0) }
        let start = ContinuousClock.now
        for _ in 0..<3 {
            let person = ScriptedPresence(pins: [CardFixture.pin, CardFixture.pin])
            if let signature = try? await fixture.store().open(key).sign([1], presence: person) {
                #expect(key.publicKey.verifies(signature.bytes, of: [1]))
            }
            _ = try? await PIVCards.list(of: fixture.readers, patience: .milliseconds(100))
            let store = fixture.store(PIVOptions(source: .replacement))
            _ = try? await store.generate(fixture.request(), presence: ScriptedPresence(pins: [CardFixture.pin, ""]))
            fixture.card.setPIN(CardFixture.pin)
        }
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(fixture.readers.openConnections == 0)
    }

    @Test func anAnswerWithoutAnEndIsEnded() async throws {
        let fixture = CardFixture()
        let key = try await fixture.key()
        fixture.readers.mutate { _ in [UInt8](repeating: 0, count: 256) + [0x61, 0x00] }
        #expect(
            await code { _ = try await fixture.store().open(key).sign([1], presence: ScriptedPresence()) }
                == .unavailable)
        #expect(fixture.readers.commandCount < 2000)
    }
}
