// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CLibpcsclite
import Cryptography
import DeviceKeys
import Glibc
import TestSupport
import Testing
import VirtualPIVCard
import VirtualReaders

@testable import PIVKeys
@testable import SmartCards

/// The store over the real libpcsclite and pcscd.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: PCSCStack.obstacle == nil, "\(PCSCStack.obstacle ?? "")"))
struct RealStackTests {
    private func store(_ options: PIVOptions = PIVOptions(), patience: Duration = .seconds(8)) -> PIVKeyStore {
        PIVKeyStore(options, service: PCSCService(), patience: patience)
    }

    private func key(_ purpose: KeyPurpose = .userVerification) async throws -> StoredKey {
        try await store(PIVOptions(source: .new)).generate(purpose, presence: ScriptedPresence(pins: ["123456"]))
    }

    private func sign(_ key: StoredKey) async throws -> Bool {
        let person = ScriptedPresence(pins: ["123456"])
        return key.publicKey.verifies(try await store().open(key).sign([1], presence: person).bytes, of: [1])
    }

    @Test(arguments: ["", "--chain-answers yes"])
    func keysAreMadeListedAndUsedThroughPCSC(options: String) async throws {
        let stack = try PCSCStack(.piv(options))
        let key = try await key()
        #expect(try await sign(key))
        let silent = try await self.key(.proofOfPossession)
        let signature = try await store().open(silent).sign([2], presence: ScriptedPresence())
        #expect(silent.publicKey.verifies(signature.bytes, of: [2]))
        let cards = try await PIVCards.list()
        #expect(cards.map(\.name) == ["YubiKey 12345678"])
        #expect(cards.first?.reader == "Virtual PCD 00 00")
        #expect(cards.first?.slots.map(\.slot.description) == ["9a", "9e"])
        withExtendedLifetime(stack) {}
    }

    @Test func theCardIsReleasedWhenIdle() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        let store = store()
        let unlocked = try await store.open(key).unlock(
            for: .verification, presence: ScriptedPresence(pins: ["123456"]))
        // Another program may have the card for itself, between PIN and signature too.
        let context = try PCSCContext()
        var card: SCARDHANDLE = 0
        var activeProtocol: DWORD = 0
        let result = SCardConnect(
            context.handle, PCSCStack.reader, DWORD(SCARD_SHARE_EXCLUSIVE), DWORD(SCARD_PROTOCOL_T1), &card,
            &activeProtocol)
        #expect(result == SCARD_S_SUCCESS)
        let impatient = self.store(patience: .milliseconds(300))
        #expect(
            await code { _ = try await impatient.open(key).sign([1], presence: ScriptedPresence()) } == .unavailable)
        SCardDisconnect(card, DWORD(SCARD_RESET_CARD))
        let signature = try await unlocked.sign([1], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(signature, of: [1]))
        withExtendedLifetime(stack) {}
    }

    @Test func aTransactionOfAnotherIsWaitedForWithABound() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        let other = try PCSCConnection(PCSCContext(), reader: PCSCStack.reader, patience: .seconds(1))
        try other.beginTransaction(patience: .seconds(1))
        let start = ContinuousClock.now
        let impatient = store(patience: .milliseconds(400))
        #expect(
            await code { _ = try await impatient.open(key).sign([1], presence: ScriptedPresence()) } == .unavailable)
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(400) && waited < .seconds(3))
        // Who has connected already waits for its turn with a bound too, and a third one does not pile up behind.
        #expect(
            await code { _ = try await impatient.open(key).sign([1], presence: ScriptedPresence()) } == .unavailable)
        other.endTransaction()
        other.disconnect()
        #expect(try await sign(key))
        withExtendedLifetime(stack) {}
    }

    @Test func aResetByAnotherProgramIsHealed() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        let unlocked = try await store().open(key).unlock(
            for: .verification, presence: ScriptedPresence(pins: ["123456"]))
        #expect(stack.shell("opensc-tool --reset=cold > /dev/null 2>&1") == 0)
        #expect(key.publicKey.verifies(try await unlocked.sign([1], presence: ScriptedPresence()), of: [1]))
        _ = stack.shell(
            "(for i in 1 2 3 4 5 6 7 8 9 10; do opensc-tool --reset=cold; done) > /dev/null 2>&1 &")
        for _ in 0..<10 { #expect(try await sign(key)) }
    }

    @Test func twoProgramsSignAtOnce() async throws {
        let stack = try PCSCStack(.piv("--firmware 5.4.3"))
        let key = try await key()
        let folder = stack.folder.path
        _ = stack.shell(
            """
            (cd '\(folder)'; echo hello > input; for i in 1 2 3 4 5; do
              yubico-piv-tool -r Virtual -a verify-pin -P 123456 --sign -s 9a -A ECCP256 -H SHA256 -i input -o out.$i \
                || echo "failed $i"
            done > other.log 2>&1; echo done >> other.log) &
            """)
        for _ in 0..<12 { #expect(try await sign(key)) }
        for _ in 0..<500 where !stack.folder.read("other.log").contains("done") { usleep(20_000) }
        let log = stack.folder.read("other.log")
        #expect(log.contains("done") && !log.contains("failed"), "\(log)")
        #expect(stack.folder.bytes("out.5").count > 60)
    }

    @Test func aServiceThatIsKilledAndStartedAgainIsSurvived() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        let store = store()
        let unlocked = try await store.open(key).unlock(
            for: .verification, presence: ScriptedPresence(pins: ["123456"]))
        stack.tell("kill-service")
        usleep(200_000)
        #expect(await store.availability() != .available)
        #expect(await code { _ = try await unlocked.sign([1], presence: ScriptedPresence()) } == .unavailable)
        stack.tell("start-service")
        stack.tell("insert")
        #expect(stack.waitForCard())
        #expect(key.publicKey.verifies(try await unlocked.sign([1], presence: ScriptedPresence()), of: [1]))
    }

    @Test func aCardThatDoesNotAnswerIsSaidAndWorksAgain() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        var time = AnswerTime()
        (time.usual, time.signing) = (.milliseconds(300), .milliseconds(300))
        let impatient = PIVKeyStore(PIVOptions(), service: PCSCService(answerTime: time), patience: .seconds(2))
        // SELECT, the PIN while it is shown, the signature: none is asked for a second time by itself.
        for number in [1, 5, 8] {
            stack.tell("hang-at \(number)")
            usleep(100_000)
            let person = ScriptedPresence(pins: ["123456"])
            let start = ContinuousClock.now
            let error = await failure { _ = try await impatient.open(key).sign([1], presence: person) }
            #expect(error?.code == .unavailable && error?.message.contains("does not answer") == true, "\(number)")
            #expect(await code { _ = try await store().open(key).sign([1], presence: person) } == .unavailable)
            #expect(ContinuousClock.now - start < .seconds(2), "at command \(number)")
            #expect(person.requests.count <= 1)
            stack.tell("hang-at")
            for _ in 0..<200 {
                if await code({ _ = try await store().open(key).sign([1], presence: person) }) != .unavailable { break }
                usleep(20_000)
            }
            #expect(try await sign(key), "at command \(number)")
        }
    }

    @Test func aServiceThatStandsStillIsSaidAndWorksAgain() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        stack.tell("stop-service")
        try await Task.sleep(for: .milliseconds(100))
        let person = ScriptedPresence(pins: ["123456"])
        var start = ContinuousClock.now
        let first = await failure { _ = try await store().open(key).sign([1], presence: person) }
        #expect(first?.code == .unavailable && first?.message.contains("does not answer") == true)
        #expect(ContinuousClock.now - start < .seconds(8))
        start = .now
        #expect(await code { _ = try await store().open(key).sign([1], presence: person) } == .unavailable)
        #expect(await store().availability() != .available)
        #expect(ContinuousClock.now - start < .seconds(1), "nobody waits for it a second time")
        #expect(person.requests.isEmpty)
        stack.tell("continue-service")
        #expect(stack.waitForCard(), "\(stack.log)")
        #expect(try await sign(key))
    }

    @Test func howLongACardMayTakeGoesByWhatItIsAsked() {
        let time = AnswerTime()
        #expect(time.limit(for: [0x00, 0xA4, 0x04, 0x00]) == .seconds(10))
        #expect(time.limit(for: [0x00, 0x20, 0x00, 0x80]) == .seconds(10))
        // A touch is waited for.
        #expect(time.limit(for: [0x00, 0x87, 0x11, 0x9A]) >= .seconds(45))
        #expect(time.limit(for: [0x10, 0x87, 0x07, 0x9A]) >= .seconds(45))
        #expect(time.limit(for: [0x00, 0x47, 0x00, 0x9A]) >= .seconds(180))
        #expect(time.limit(for: []) == .seconds(10))
        #expect(time.limit(forControl: ReaderFeatures.request) == .seconds(10))
        #expect(time.limit(forControl: 0x4200_0DB2) >= .seconds(120))
    }

    @Test func aCardPulledOutInTheMiddleIsSaidAndWorksAgain() async throws {
        let stack = try PCSCStack()
        let key = try await key()
        for number in [1, 4, 7, 8] {
            stack.tell("pull-at \(number)")
            usleep(100_000)
            let person = ScriptedPresence(pins: ["123456"])
            #expect(
                await code { _ = try await store().open(key).sign([1], presence: person) } == .deviceRemoved,
                "at command \(number)")
            #expect(stack.waitForCard(false))
            stack.tell("pull-at 0")
            stack.tell("insert")
            #expect(stack.waitForCard())
            #expect(try await sign(key))
        }
    }
}
