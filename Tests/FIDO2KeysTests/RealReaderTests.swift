// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import SmartCards
import TestSupport
import Testing
import VirtualReaders

@testable import FIDO2Keys

/// Readers of the real pcscd.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: PCSCStack.obstacle == nil, "\(PCSCStack.obstacle ?? "")"))
struct RealReaderTests {
    @Test func whatACardIsIsForgottenWhenTheServiceCountsAnew() throws {
        let stack = try PCSCStack(.piv("--contactless yes"))
        #expect(CardReaders().securityKeys().isEmpty)
        let before = try #require(try PCSCContext().cards().first)
        var after: PCSCCard
        var tries = 0
        repeat {
            stack.tell("kill-service")
            stack.replace(by: .securityKey())
            stack.tell("start-service")
            #expect(stack.waitForCard(), "\(stack.log)")
            after = try #require(try PCSCContext().cards().first)
            tries += 1
            // Whether it counts a card that was there before it is a matter of an instant.
        } while after.eventCount != before.eventCount && tries < 10
        #expect((after.reader, after.eventCount) == (before.reader, before.eventCount), "the service counts anew")
        #expect(CardReaders().securityKeys().map(\.path) == ["pcsc:\(PCSCStack.reader)"])
    }

    @Test func aCardThatAnotherProgramHoldsIsPassedOverAndFoundLater() throws {
        let stack = try PCSCStack(.securityKey())
        let other = try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .seconds(1))
        try other.beginTransaction(patience: .seconds(1))
        let start = ContinuousClock.now
        #expect(CardReaders().securityKeys().isEmpty)
        #expect(CardReaders().securityKeys().isEmpty)
        #expect(ContinuousClock.now - start < .seconds(4))
        other.disconnect()
        // Who was left waiting lets the card go first.
        let end = ContinuousClock.now + .seconds(5)
        while CardReaders().securityKeys().isEmpty, ContinuousClock.now < end {}
        #expect(CardReaders().securityKeys().count == 1)
        withExtendedLifetime(stack) {}
    }
}
