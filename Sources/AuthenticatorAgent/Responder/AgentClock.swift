// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The time of day, as an argument, so that tests can set it.
package struct AgentClock: Sendable {
    /// Seconds since 1970-01-01 UTC.
    package let now: @Sendable () -> Int64

    /// A clock that tells this.
    package init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// The machine's clock.
    package static let system = AgentClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
