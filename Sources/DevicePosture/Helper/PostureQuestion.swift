// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals

/// The menu of the posture helper: all that it can be asked, in this file alone.
///
/// A question has no argument. Its answer is about the machine, or about the account of the user who asks. Whatever is added
/// here is told to every user of the machine, so it needs a line in docs/posture-helper.md and in docs/threat-model.md.
package enum PostureQuestion: Character, CaseIterable, Hashable, Sendable {
    /// Whether there is a TPM 2.0.
    case secureHardware = "t"
    /// Whether what starts is verified.
    case secureBoot = "b"
    /// The serial number and UUID of the machine.
    case identity = "i"
    /// Whether the packet filter drops what strangers send.
    case firewall = "f"
    /// What the SSH server lets in.
    case sshServer = "s"
    /// Whether whoever asks may become root, and without a password.
    case sudo = "r"
    /// Whether the account of whoever asks has a password.
    case password = "p"
    /// What the kernel's security modules enforce.
    case kernel = "k"

    /// What reads the answer, with the superuser's rights; it reads files, runs `nft`, and asks no service.
    package var collectors: [any SignalCollector] {
        switch self {
        case .secureHardware: [SecureHardwareCollector()]
        case .secureBoot: [SecureBootCollector()]
        case .identity: [HardwareIdentityCollector()]
        case .firewall: [FirewallCollector()]
        case .sshServer: [SSHServerSettingsCollector()]
        case .sudo: [RightsCollector()]
        case .password: [ShadowPasswordCollector()]
        case .kernel: [KernelLockdownCollector(), ModuleSigningCollector(), MandatoryAccessControlCollector()]
        }
    }

    /// The signals of the answer.
    package var signals: [SignalName] { collectors.flatMap(\.signals) }
}
