// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Something that tasks tell one another once.
final class SharedFlag: Sendable {
    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() { flag.store(true, ordering: .releasing) }
}
