// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A point in time until which is waited.
struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    init(after duration: Duration) { instant = .now + duration }

    /// For poll(2): rounded up, at most an hour, zero when it is over.
    var millisecondsLeft: Int32 {
        let left = ContinuousClock.now.duration(to: instant)
        guard left > .zero else { return 0 }
        return Int32(min(left / .milliseconds(1) + 1, 3_600_000))
    }
}
