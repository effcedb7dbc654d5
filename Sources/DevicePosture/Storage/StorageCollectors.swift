// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of disks, swap space and what protects them.
    static var storage: [any SignalCollector] {
        [StorageEncryptionCollector(), RemovableMediaCollector()]
    }
}
