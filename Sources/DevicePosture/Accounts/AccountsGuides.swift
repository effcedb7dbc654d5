// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [SignalGuide] {
    /// Guides to the signals of accounts.
    static let accounts: [SignalGuide] = []
}
