// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// Ends gatherings whose time is over.
///
/// One timer stands for all: a snapshot mostly takes less than a millisecond, and to set a timer and take it back for each of
/// them would cost more than the reading of some signals.
final class DeadlineWatch: Sendable {
    private struct State {
        var open: [ObjectIdentifier: (gathering: Gathering, deadline: ContinuousClock.Instant)] = [:]
        var isArmed = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "device-posture-deadlines")

    /// Ends a gathering at a time, unless it is forgotten before.
    func watch(_ gathering: Gathering, until deadline: ContinuousClock.Instant) {
        let isArmed = state.withLock { state in
            state.open[ObjectIdentifier(gathering)] = (gathering, deadline)
            defer { state.isArmed = true }
            return state.isArmed
        }
        if !isArmed { arm(at: deadline) }
    }

    /// A gathering is over.
    func forget(_ gathering: Gathering) {
        state.withLock { state in _ = state.open.removeValue(forKey: ObjectIdentifier(gathering)) }
    }

    private func arm(at deadline: ContinuousClock.Instant) {
        let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: deadline)).components
        let nanoseconds = Int(clamping: seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        queue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { self.ring() }
    }

    private func ring() {
        let now = ContinuousClock.now
        let (overdue, next) = state.withLock { state in
            let overdue = state.open.filter { $0.value.deadline <= now }
            for key in overdue.keys { state.open[key] = nil }
            let next = state.open.values.map(\.deadline).min()
            state.isArmed = next != nil
            return (overdue.values.map(\.gathering), next)
        }
        for gathering in overdue { gathering.end() }
        if let next { arm(at: next) }
    }
}
