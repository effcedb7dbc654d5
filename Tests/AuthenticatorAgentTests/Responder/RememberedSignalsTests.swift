// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Synchronization
import Testing

@testable import AuthenticatorAgent

@Suite struct RememberedSignalsTests {
    /// Reads signals that a test sets, and counts.
    private final class Source: SignalSource {
        let states = Mutex<[SignalName: SignalState]>([:])
        let reads = Mutex(0)

        func snapshot(of names: [SignalName], isFresh: Bool) async -> PostureSnapshot {
            let count = reads.withLock { count in
                count += 1
                return count
            }
            var snapshot = PostureSnapshot()
            for name in names {
                let state = states.withLock { $0[name] } ?? .unknown(reason: "not set")
                snapshot[name] = SignalReading(state, source: "test", collectedAt: Int64(count))
            }
            return snapshot
        }

        func set(_ name: SignalName, _ state: SignalState) { states.withLock { $0[name] = state } }
    }

    private let source = Source()

    @Test func whatIsKnownIsReadOnceAMomentAndKeepsItsTime() async {
        source.set(.platform, .known(.string("LINUX")))
        let memory = RememberedSignals(source, maximumAge: .seconds(60))
        let first = await memory.snapshot(of: [.platform], isFresh: false)
        let second = await memory.snapshot(of: [.platform], isFresh: false)
        #expect(first == second && second[.platform]?.collectedAt == 1)
    }

    @Test func freshSignalsAreReadAndRememberedInTheirTurn() async {
        source.set(.screenLockType, .known(.string("NONE")))
        let memory = RememberedSignals(source, maximumAge: .seconds(60))
        _ = await memory.snapshot(of: [.screenLockType], isFresh: false)
        source.set(.screenLockType, .known(.string("PASSCODE")))
        #expect(await memory.snapshot(of: [.screenLockType], isFresh: false)[.screenLockType]?.value == .string("NONE"))
        #expect(
            await memory.snapshot(of: [.screenLockType], isFresh: true)[.screenLockType]?.value == .string("PASSCODE"))
        #expect(
            await memory.snapshot(of: [.screenLockType], isFresh: false)[.screenLockType]?.value == .string("PASSCODE"))
    }

    @Test func whatCouldNotBeReadIsTriedAgain() async {
        let memory = RememberedSignals(source, maximumAge: .seconds(60))
        #expect(await memory.snapshot(of: [.platform], isFresh: false)[.platform]?.value == nil)
        source.set(.platform, .known(.string("LINUX")))
        #expect(await memory.snapshot(of: [.platform], isFresh: false)[.platform]?.value == .string("LINUX"))
    }

    @Test func whatBecameUnknownIsNotAnsweredFromMemory() async {
        source.set(.platform, .known(.string("LINUX")))
        let memory = RememberedSignals(source, maximumAge: .seconds(60))
        _ = await memory.snapshot(of: [.platform], isFresh: false)
        source.set(.platform, .unknown(reason: "gone"))
        _ = await memory.snapshot(of: [.platform], isFresh: true)
        #expect(await memory.snapshot(of: [.platform], isFresh: false)[.platform]?.value == nil)
    }

    @Test func whatIsTooOldIsReadAnew() async {
        source.set(.platform, .known(.string("LINUX")))
        let memory = RememberedSignals(source, maximumAge: .zero)
        _ = await memory.snapshot(of: [.platform], isFresh: false)
        try? await Task.sleep(for: .milliseconds(2))
        #expect(await memory.snapshot(of: [.platform], isFresh: false)[.platform]?.collectedAt == 2)
    }
}
