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
        },
        SignalGuide(
            .volumeEncryption, "Volumes", "How each volume that counts is encrypted; removable ones do not count."),
        SignalGuide(
            .swapEncryption, "Swap encrypted", "Whether no part of memory is swapped out to a disk as it is.",
            isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy(
                "Move the swap space to an encrypted volume, give it a random key in /etc/crypttab ('swap'), or use "
                    + "compressed memory (zram) in its place.")
        },
        SignalGuide(.swapSpaces, "Swap spaces", "Where memory is swapped out to, and how that is encrypted."),
        SignalGuide(
            .hibernation, "Hibernation", "What memory, with all keys in it, is written to when the machine hibernates.",
            isGood: { $0 != .string(HibernationType.plain.rawValue) }
        ) { distribution in
            .by(
                distribution,
                "Hibernate to an encrypted swap space, or start the kernel with 'nohibernate', which takes a restart.",
                [
                    .fedora: "sudo grubby --update-kernel=ALL --args=nohibernate",
                    .ostree: "sudo rpm-ostree kargs --append-if-missing=nohibernate",
                ])
        },
        SignalGuide(
            .stateFolderEncrypted, "Agent's folder encrypted",
            "Whether this agent's keys and enrolments lie on encrypted storage.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy(
                "Encrypt the volume of the home folder, or keep keys in hardware: 'agent enroll --key tpm' or 'fido2'.")
        },
        SignalGuide(
            .bootEncrypted, "/boot encrypted",
            "Whether kernels lie on encrypted storage; where Secure Boot verifies them they need not."),
        SignalGuide(
            .removableMediaPolicy, "Removable media", "What becomes of a disk that is plugged in."),
    ]
}
