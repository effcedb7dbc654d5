// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing
import VirtualReaders

@testable import SmartCards

/// The real libpcsclite and pcscd.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: PCSCStack.obstacle == nil, "\(PCSCStack.obstacle ?? "")"))
struct PCSCTests {
    @Test func aTransactionThatBeginsAfterwardsIsWaitedForWithABound() async throws {
        let stack = try PCSCStack()
        let first = try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .seconds(1))
        let second = try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .seconds(1))
        try first.beginTransaction(patience: .seconds(1))
        let start = ContinuousClock.now
        #expect(throws: PCSCError.busy) { try second.beginTransaction(patience: .milliseconds(300)) }
        #expect(ContinuousClock.now - start < .seconds(2))
        first.disconnect()
        withExtendedLifetime(stack) {}
    }

    @Test func aCardThatAnotherHasInATransactionIsNotWaitedForWithoutAnEnd() async throws {
        let stack = try PCSCStack()
        let other = try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .seconds(1))
        try other.beginTransaction(patience: .seconds(1))
        let start = ContinuousClock.now
        #expect(throws: PCSCError.busy) {
            try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .milliseconds(300))
        }
        #expect(ContinuousClock.now - start < .seconds(2))
        other.disconnect()
        withExtendedLifetime(stack) {}
    }

    @Test func aTransactionThatBeginsJustBeforeItsTimeIsOverKeepsItsContext() async throws {
        let stack = try PCSCStack()
        let connection = try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .seconds(1))
        try connection.beginTransaction(patience: .milliseconds(50))
        try await Task.sleep(for: .milliseconds(150))
        #expect(try connection.transmit([0x00, 0xA4, 0x04, 0x00, 0x01, 0x00]).count >= 2)
        connection.disconnect()
        withExtendedLifetime(stack) {}
    }

    @Test func eachRunOfTheServiceIsAnotherAndNoneIsNone() async throws {
        let stack = try PCSCStack()
        let first = try #require(PCSCInstance.current)
        #expect(PCSCInstance.current == first)
        stack.tell("kill-service")
        stack.tell("start-service")
        stack.tell("insert")
        #expect(stack.waitForCard())
        let second = try #require(PCSCInstance.current)
        #expect(second != first)
        #expect(PCSCInstance(file: stack.folder.path + "/no such file") == nil)
    }
}
