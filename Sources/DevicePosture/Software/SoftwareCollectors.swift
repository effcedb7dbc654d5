// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of security software, management agents and browsers.
    static var software: [any SignalCollector] {
        [SecurityProductsCollector(), BrowsersCollector(), BrowserLoopbackPoliciesCollector()]
    }
}
