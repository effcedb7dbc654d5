// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import FIDO2Keys
import TestSupport
import Testing
import VirtualAuthenticator

/// Keys that go away, never answer, or are no longer wanted.
@Suite(.timeLimit(.minutes(2))) struct InterruptionTests {
    private static func waiting(for key: VirtualAuthenticator) async throws {
        while !key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func aKeyPulledOutWhileItWaitsForATouchIsRemoved() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.set { $0.touch = .byHand }
        let key = rig.key
        let presence = ReactingPresence { _ in
            try await Self.waiting(for: key)
            key.unplug()
        }
        let start = ContinuousClock.now
        let error = await Rig.error { try await rig.sign(made.stored, .presence, presence) }
        #expect(error?.code == .deviceRemoved)
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(presence.ended.count == 1, "the message was taken back")
    }

    @Test func aKeyPulledOutBetweenPINAndSignatureIsRemoved() async throws {
        let rig = Rig()
        let made = try await rig.make(.userVerification)
        let presence = ScriptedPresence(pins: [Rig.pin])
        let unlocked = try await rig.store.open(made.stored).unlock(for: .verification, presence: presence)
        rig.key.unplug()
        #expect(await Rig.failure { try await unlocked.sign([1], presence: presence) } == .deviceRemoved)
    }

    @Test func aKeyPulledOutAtTheNthCommandIsRemovedAndWorksAgainAfter() async throws {
        let rig = Rig()
        let made = try await rig.make(.userVerification)
        let counter = Counter()
        rig.key.set { $0.willAnswer = { _ in counter.next() } }
        _ = try await rig.sign(made.stored, .verification)
        let commands = counter.count
        #expect(commands >= 8)
        var quick = rig
        quick.options.insertTimeout = .zero
        for position in 1...commands {
            let steps = Counter()
            let key = rig.key
            key.set { $0.willAnswer = { _ in if steps.next() == position { key.unplug() } } }
            let code = await Rig.failure { try await quick.sign(made.stored, .verification) }
            #expect(code == .deviceRemoved, "command \(position) of \(commands)")
            key.set { $0.willAnswer = nil }
            key.plug()
            let signed = try await rig.sign(made.stored, .verification)
            #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        }
        #expect(rig.key.pinTries == 8)
    }

    @Test func aTouchThatDoesNotComeIsATimeout() async throws {
        var rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.set { $0.touch = .never }
        rig.options.touchTimeout = .milliseconds(600)
        let start = ContinuousClock.now
        #expect(await Rig.failure { try await rig.sign(made.stored, .presence) } == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(5))
        // The key was told to stop waiting, so that it answers the next program.
        while rig.key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
        _ = try await rig.sign(made.stored, .possession)
    }

    @Test func theKeysOwnTimeoutIsATimeout() async throws {
        var model = VirtualKeyModel()
        model.touchTimeout = .milliseconds(300)
        let rig = Rig(model)
        let made = try await rig.make(.proofOfPossession)
        rig.key.set { $0.touch = .never }
        #expect(await Rig.failure { try await rig.sign(made.stored, .presence) } == .timedOut)
    }

    @Test(arguments: [VirtualKeyModel(), .u2f])
    func cancellingTheTaskEndsTheWait(model: VirtualKeyModel) async throws {
        let rig = Rig(model, pin: nil)
        let made = try await rig.make(.proofOfPossession)
        rig.key.set { $0.touch = .never }
        let task = Task { try await rig.sign(made.stored, .presence) }
        try await Task.sleep(for: .milliseconds(400))
        let start = ContinuousClock.now
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(!rig.key.isWaiting, "the key's call had ended")
        rig.key.set { $0.touch = .automatic }
        _ = try await rig.sign(made.stored, .presence)
    }

    @Test func aCancelledTaskAsksTheKeyForNothing() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        let counter = Counter()
        rig.key.set { $0.willAnswer = { _ in counter.next() } }
        let task = Task {
            try await Task.sleep(for: .seconds(60))
        }
        task.cancel()
        _ = await task.result
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await rig.sign(made.stored, .presence)
        }
        let result = await cancelled.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(counter.count == 0)
    }

    @Test func oneKeyThatWaitsHoldsUpNoOther() async throws {
        let slow = Rig()
        let quick = Rig()
        let slowKey = try await slow.make(.proofOfPossession)
        let quickKey = try await quick.make(.proofOfPossession)
        slow.key.set { $0.touch = .byHand }
        let waiting = Task { try await slow.sign(slowKey.stored, .presence) }
        try await Self.waiting(for: slow.key)
        let start = ContinuousClock.now
        for _ in 0..<5 { _ = try await quick.sign(quickKey.stored, .possession) }
        #expect(ContinuousClock.now - start < .seconds(3))
        slow.key.touch()
        let signed = try await waiting.value
        #expect(try signed.assertion.verifies(by: slowKey.stored, of: [1, 2, 3]))
    }

    @Test func twoSignaturesAtOnceOnOneKeyBothSucceed() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in UInt8(0)..<6 {
                group.addTask {
                    let signed = try await rig.sign(made.stored, .possession, ScriptedPresence(), [number])
                    #expect(try signed.assertion.verifies(by: made.stored, of: [number]))
                }
            }
            try await group.waitForAll()
        }
    }
}
