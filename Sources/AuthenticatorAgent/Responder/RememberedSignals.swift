// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals
internal import Synchronization

/// Signals that were read a moment ago, so that several sign-ins in a row read the device once.
///
/// Only what is known is remembered: what could not be read is tried again each time. A reading keeps the time at which it was
/// taken, which the verifier sees, and a challenge can ask for new ones.
package final class RememberedSignals: SignalSource {
    private struct Memory {
        var reading: SignalReading
        var readAt: ContinuousClock.Instant
    }

    private let source: any SignalSource
    private let maximumAge: Duration
    private let memories = Mutex<[SignalName: Memory]>([:])

    /// A memory of a source's readings.
    ///
    /// - Parameter maximumAge: how old a reading may be that stands in for a new one.
    package init(_ source: any SignalSource, maximumAge: Duration = .seconds(10)) {
        self.source = source
        self.maximumAge = maximumAge
    }

    package func snapshot(of names: [SignalName], isFresh: Bool) async -> PostureSnapshot {
        var snapshot = isFresh ? PostureSnapshot() : remembered(names)
        let missing = names.filter { snapshot[$0] == nil }
        guard !missing.isEmpty else { return snapshot }
        let readAt = ContinuousClock.now
        let read = await source.snapshot(of: missing, isFresh: isFresh)
        remember(read, of: missing, readAt: readAt)
        for (name, reading) in read.readings { snapshot[name] = reading }
        return snapshot
    }

    private func remembered(_ names: [SignalName]) -> PostureSnapshot {
        let oldest = ContinuousClock.now - maximumAge
        return memories.withLock { memories in
            memories = memories.filter { $0.value.readAt >= oldest }
            var snapshot = PostureSnapshot()
            for name in names { snapshot[name] = memories[name]?.reading }
            return snapshot
        }
    }

    private func remember(_ read: PostureSnapshot, of names: [SignalName], readAt: ContinuousClock.Instant) {
        memories.withLock { memories in
            for name in names {
                // A slower reading that began earlier does not replace a later one.
                if let known = memories[name], known.readAt > readAt { continue }
                if let reading = read[name], reading.value != nil {
                    memories[name] = Memory(reading: reading, readAt: readAt)
                } else {
                    memories[name] = nil
                }
            }
        }
    }
}
