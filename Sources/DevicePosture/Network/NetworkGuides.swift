// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [SignalGuide] {
    /// Guides to the signals of what the machine offers to the network.
    static let network: [SignalGuide] = []
}
