// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of the signals that this agent reads with the person's own rights or asks the posture helper for, in the
    /// order in which they are shown.
    public static var standard: [any SignalCollector] {
        operatingSystem + hardware + identity + storage + session + kernel + network + accounts + software
            + [PostureHelperCollector()]
    }
}
