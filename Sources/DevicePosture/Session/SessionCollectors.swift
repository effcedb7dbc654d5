// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of the person's session: screen lock and login.
    static var session: [any SignalCollector] {
        [ScreenLockCollector(), AutomaticLoginCollector()]
    }
}
