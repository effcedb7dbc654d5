// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import VerifierServer

/// A clock that a test sets.
final class ManualClock: Sendable {
    private let time: Mutex<Int64>

    init(_ start: Int64 = 1_780_000_000) { time = Mutex(start) }

    var now: Int64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }

    var verifierClock: VerifierClock { VerifierClock { self.now } }
}
