// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of disks and swap space.
    static let storage: [SignalGuide] = [
        SignalGuide(
            .diskEncryptionType, "Disk encryption", "How much of the storage is encrypted, in Okta's classes.",
            isGood: { $0 == .string(DiskEncryptionType.allInternalVolumes.rawValue) }
        ) { _ in
            SignalGuide.Remedy(
                "Encrypt every internal volume and the swap space; most distributions can do so only when they are installed."
            )
        }
    ]
}
