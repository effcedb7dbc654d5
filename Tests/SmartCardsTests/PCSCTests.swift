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
        #expect(try connection.transmit([0x00, 0xA4, 0x04, 0x00, 0x01, 0x00], within: .seconds(5)).count >= 2)
        connection.disconnect()
        withExtendedLifetime(stack) {}
    }

    /// A card that takes another's place while `hang-at` is planned is counted from 1: SELECT is that command.
    private static let select: [UInt8] = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00]

    private func connect(_ patience: Duration = .seconds(1)) throws(PCSCError) -> PCSCConnection {
        try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: patience)
    }

    /// A card that keeps its next answer to itself, and what it was asked.
    private func hang(_ stack: PCSCStack, inTransaction: Bool) async throws {
        let connection = try connect()
        if inTransaction { try connection.beginTransaction(patience: .seconds(1)) }
        stack.tell("hang-at 1")
        try await Task.sleep(for: .milliseconds(100))
        let start = ContinuousClock.now
        #expect(throws: PCSCError.stuck) { try connection.transmit(Self.select, within: .milliseconds(300)) }
        #expect(ContinuousClock.now - start < .seconds(2))
        // What is of no use any more says so, and is let go of without a word to the service.
        #expect(throws: PCSCError.stuck) { try connection.transmit(Self.select, within: .seconds(20)) }
        connection.disconnect()
    }

    /// Whether the card knows the PIV application.
    private func isSelected() throws -> Bool {
        let connection = try connect()
        defer { connection.disconnect() }
        return try connection.transmit(Self.select, within: .seconds(2)).suffix(2) == [0x90, 0x00]
    }

    /// Whether the card answers within some seconds; what holds it up is said at once.
    private func answersAgain() async throws -> Bool {
        for _ in 0..<100 {
            let start = ContinuousClock.now
            let answer = Result { try isSelected() }
            switch answer.mapError({ $0 as? PCSCError ?? .denied }) {
            case .success(let isSelected): return isSelected
            case .failure(.stuck): #expect(ContinuousClock.now - start < .milliseconds(500))
            case .failure(.reset), .failure(.serviceLost), .failure(.removed), .failure(.busy): break
            case .failure(let error): throw error
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    @Test(arguments: [true, false])
    func aCardThatDoesNotAnswerIsGivenUpAndIsOfUseWhenItDoes(inTransaction: Bool) async throws {
        let stack = try PCSCStack()
        try await hang(stack, inTransaction: inTransaction)
        let start = ContinuousClock.now
        for _ in 0..<3 { #expect(throws: PCSCError.stuck) { try connect(.seconds(20)) } }
        _ = try PCSCContext().cards()
        #expect(ContinuousClock.now - start < .seconds(1), "nobody waits for it a second time")
        stack.tell("hang-at")
        #expect(try await answersAgain(), "\(stack.log)")
        try await Task.sleep(for: .milliseconds(50))
    }

    @Test func aCardThatDoesNotAnswerIsOfUseWhenTheServiceStartsAnew() async throws {
        let stack = try PCSCStack()
        try await hang(stack, inTransaction: true)
        stack.tell("kill-service")
        stack.tell("hang-at")
        stack.tell("start-service")
        stack.tell("insert")
        #expect(stack.waitForCard(), "\(stack.log)")
        #expect(try await answersAgain(), "\(stack.log)")
    }

    @Test func anAnswerThatComesLateLeavesTheCardReset() async throws {
        let stack = try PCSCStack()
        let other = try connect()
        try await hang(stack, inTransaction: true)
        stack.tell("hang-at")
        #expect(try await answersAgain(), "\(stack.log)")
        #expect(throws: PCSCError.reset) { try other.transmit(Self.select, within: .seconds(2)) }
        other.disconnect()
    }

    /// Stops the service, and lets a body find out that it is silent, and in time; then whoever asks next is told so at once, and the
    /// service is of use as soon as it goes on.
    private func whileStopped(_ stack: PCSCStack, _ body: () throws -> Void) async throws {
        stack.tell("stop-service")
        try await Task.sleep(for: .milliseconds(100))
        defer { stack.tell("continue-service") }
        var start = ContinuousClock.now
        try body()
        #expect(ContinuousClock.now - start < .seconds(4))
        start = .now
        #expect(throws: PCSCError.serviceSilent) { try PCSCContext(patience: .milliseconds(300)) }
        for _ in 0..<3 { #expect(throws: PCSCError.serviceSilent) { try PCSCContext(patience: .seconds(20)) } }
        #expect(ContinuousClock.now - start < .seconds(1), "nobody waits for it a second time")
        stack.tell("continue-service")
        #expect(stack.waitForCard(), "\(stack.log)")
        #expect(try await answersAgain(), "\(stack.log)")
    }

    @Test func aServiceThatStandsStillIsGivenUpAndIsOfUseWhenItGoesOn() async throws {
        let stack = try PCSCStack()
        try await whileStopped(stack) {
            #expect(throws: PCSCError.serviceSilent) { try PCSCContext(patience: .milliseconds(300)) }
        }
        let context = try PCSCContext(patience: .milliseconds(300))
        try await whileStopped(stack) {
            #expect(throws: PCSCError.serviceSilent) { try context.cards() }
        }
    }

    @Test func aServiceThatStopsBeforeAConnectionIsNotTakenForABusyCard() async throws {
        let stack = try PCSCStack()
        let context = try PCSCContext(patience: .milliseconds(300))
        try await whileStopped(stack) {
            #expect(throws: PCSCError.serviceSilent) {
                try PCSCConnection(context, reader: PCSCStack.reader, patience: .milliseconds(300))
            }
        }
    }

    @Test(arguments: [false, true])
    func aServiceThatStopsWithACardHoldsNobodyUpAndTheCardIsLetGo(inTransaction: Bool) async throws {
        let stack = try PCSCStack()
        let connection = try PCSCConnection(
            PCSCContext(patience: .milliseconds(300)), reader: PCSCStack.reader, patience: .seconds(1))
        if inTransaction { try connection.beginTransaction(patience: .seconds(1)) }
        try await whileStopped(stack) { connection.disconnect() }
        let next = try connect()
        try next.beginTransaction(patience: .seconds(1))
        next.disconnect()
    }

    @Test func aServiceThatStopsBeforeATransactionOrACommandHoldsNobodyUp() async throws {
        let stack = try PCSCStack()
        let first = try PCSCConnection(
            PCSCContext(patience: .milliseconds(300)), reader: PCSCStack.reader, patience: .seconds(1))
        try await whileStopped(stack) {
            #expect(throws: PCSCError.serviceSilent) { try first.beginTransaction(patience: .milliseconds(300)) }
            first.disconnect()
        }
        let second = try PCSCConnection(
            PCSCContext(patience: .milliseconds(300)), reader: PCSCStack.reader, patience: .seconds(1))
        try second.beginTransaction(patience: .seconds(1))
        try await whileStopped(stack) {
            #expect(throws: PCSCError.stuck) { try second.transmit(Self.select, within: .milliseconds(300)) }
            second.disconnect()
        }
        let next = try connect()
        try next.beginTransaction(patience: .seconds(1))
        next.disconnect()
    }

    @Test func aServiceThatStandsStillAndIsStartedAnewIsOfUseAgain() async throws {
        let stack = try PCSCStack()
        stack.tell("stop-service")
        try await Task.sleep(for: .milliseconds(100))
        #expect(throws: PCSCError.serviceSilent) { try PCSCContext(patience: .milliseconds(300)) }
        stack.tell("kill-service")
        stack.tell("start-service")
        stack.tell("insert")
        #expect(stack.waitForCard(), "\(stack.log)")
        #expect(try await answersAgain(), "\(stack.log)")
    }

    @Test func aCommandIsWipedWhenItWasSent() {
        let command: [UInt8] = [1, 2, 3]
        let sent = SecretCommand(copying: command)
        #expect(sent.use { $0 } == command)
        #expect(sent.use { $0 } == [0, 0, 0])
        #expect(command == [1, 2, 3], "who gave it wipes it")
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
