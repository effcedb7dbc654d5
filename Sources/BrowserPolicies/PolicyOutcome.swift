// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What became of one place.
package struct PolicyOutcome: Sendable {
    /// How it went.
    package enum State: Hashable, Sendable {
        /// The file was written.
        case written
        /// The file was there, just so.
        case unchanged
        /// The file was removed.
        case removed
        /// Somebody else had removed it.
        case absent
        /// Nothing was done, for this reason.
        case refused(PolicyRefusal)
    }

    package let place: PolicyPlace
    package let state: State

    /// Whether what was asked for is not so.
    package var isFailure: Bool {
        if case .refused = state { true } else { false }
    }
}
