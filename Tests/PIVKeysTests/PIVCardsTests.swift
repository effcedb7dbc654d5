// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing
import VirtualPIVCard

@testable import PIVKeys

@Suite struct PIVCardsTests {
    @Test func cardsAreListedWithTheirSlots() async throws {
        let fixture = CardFixture()
        fixture.card.makeKey(0x11, in: 0x9A, pinPolicy: 3, touchPolicy: 2)
        fixture.card.certify(0x9A, subject: "Alice")
        fixture.card.makeKey(0x07, in: 0x95)
        let plain = VirtualPIVCard(CardSettings(.nist))
        plain.makeKey(0x14, in: 0x9C)
        plain.certify(0x9C, subject: "Bob")
        fixture.readers.insert(plain, in: "Second Reader 01 00")
        let cards = try await PIVCards.list(of: fixture.readers)
        #expect(cards.map(\.name) == ["Second Reader", "YubiKey 12345678"])
        #expect(cards.map(\.pinTriesLeft) == [3, 3])
        #expect(cards.map(\.problem) == [nil, nil])
        #expect(cards[0].serial == "c0ffee" + String(repeating: "11", count: 13))
        #expect(cards[0].firmware == nil)
        #expect(cards[0].slots.map(\.slot) == [.signature])
        #expect(cards[0].slots[0].algorithm == .p384)
        #expect(cards[0].slots[0].certificateSubject == "CN=Bob")
        #expect(cards[1].firmware == FirmwareVersion(5, 7, 1))
        #expect(cards[1].slots.map(\.slot.description) == ["9a", "95"])
        #expect(cards[1].slots[0].certificateSubject == "CN=Alice")
        #expect(cards[1].slots[0].certificateNotAfter != nil)
        #expect(cards[1].slots[0].pinPolicy == .always)
        #expect(cards[1].slots[0].touchPolicy == .always)
        #expect(cards[1].slots[1].algorithm == .rsa2048)
        #expect(cards[1].slots[1].certificateSubject == nil)
    }

    @Test func aCardThatCannotBeReadIsListedWithTheReason() async throws {
        let fixture = CardFixture()
        fixture.readers.holdForOthers(true)
        let cards = try await PIVCards.list(of: fixture.readers, patience: .milliseconds(10))
        #expect(cards.count == 1)
        #expect(cards[0].problem?.contains("another program") == true)
    }

    @Test func withoutAServiceTheListIsAnError() async {
        let readers = VirtualReaders()
        readers.run(false)
        #expect(await code { _ = try await PIVCards.list(of: readers) } == .unavailable)
    }

    @Test func listingSpendsNoTryAndAsksForNoPIN() async throws {
        let fixture = CardFixture()
        _ = try await PIVCards.list(of: fixture.readers)
        #expect(fixture.card.pinTriesLeft == 3)
        #expect(fixture.card.log.commands.allSatisfy { $0[1] != 0x20 || $0.count == 4 })
    }
}
