// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of accounts.
    static let accounts: [SignalGuide] = [
        SignalGuide(
            .privilegedGroups, "Privileged groups",
            "Which groups you are in that give rights over the machine, some as good as the superuser's."),
        SignalGuide(.administrator, "Administrator", "Whether you may become the superuser with your own password."),
        SignalGuide(
            .sudoWithoutPassword, "Sudo without password", "Whether sudo runs commands for you without asking.",
            isGood: \.isFalse
        ) { _ in SignalGuide.Remedy("Take NOPASSWD and '!authenticate' from the sudoers files.", command: "sudo visudo")
        },
        SignalGuide(
            .unencryptedSSHKeys, "Unencrypted SSH keys",
            "How many SSH keys of yours lie on the disk without a passphrase.",
            isGood: { $0 == .integer(0) }
        ) { _ in
            SignalGuide.Remedy(
                "Give each key a passphrase, or keep it on a security key.", command: "ssh-keygen -p -f ~/.ssh/KEY")
        },
        SignalGuide(
            .duplicateRootAccounts, "More superusers", "Accounts beside root that have the superuser's number.",
            isGood: { $0 == .integer(0) }
        ) { _ in SignalGuide.Remedy("Remove these accounts, or give them numbers of their own.", command: "sudo vipw")
        },
    ]
}
