// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Disks and swap space.
extension SignalName {
    /// A ``DiskEncryptionType``.
    public static let diskEncryptionType = SignalName(rawValue: "diskEncryptionType")
}
