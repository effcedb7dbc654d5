// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The time as the verifier sees it, set by hand in tests.
package struct VerifierClock: Sendable {
    /// Seconds since 1970-01-01 UTC.
    package var now: @Sendable () -> Int64

    /// A clock of one's own.
    package init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// The system's clock.
    package static let system = VerifierClock { Int64(Date().timeIntervalSince1970) }
}
