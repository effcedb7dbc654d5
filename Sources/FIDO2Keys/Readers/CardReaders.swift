// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Security keys on smart-card readers.
struct CardReaders: Sendable {
    /// The keys that lie on readers now.
    func securityKeys() -> [DeviceEntry] { [] }
}
