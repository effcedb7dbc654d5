// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of what the machine offers to the network.
    static let network: [SignalGuide] = [
        SignalGuide(
            .firewall, "Firewall", "Whether the kernel drops what strangers send, over IPv4 and IPv6.", isGood: \.isTrue
        ) { distribution in
            .by(
                distribution, "Switch a firewall on that drops what nobody asked for.",
                [
                    .debian: "sudo apt install ufw && sudo ufw enable",
                    .fedora: "sudo systemctl enable --now firewalld && sudo firewall-cmd --set-default-zone=public",
                    .ostree: "sudo systemctl enable --now firewalld && sudo firewall-cmd --set-default-zone=public",
                    .suse: "sudo systemctl enable --now firewalld && sudo firewall-cmd --set-default-zone=public",
                    .arch: "sudo pacman -S ufw && sudo systemctl enable --now ufw && sudo ufw enable",
                    .alpine: "sudo apk add ufw && sudo ufw enable",
                ])
        },
        SignalGuide(
            .firewallService, "Firewall service", "Which firewall is set up; a hint, where the kernel may not be asked."
        ),
        SignalGuide(
            .listeningServices, "Listening services", "Ports on which other machines can reach this one."),
        SignalGuide(.sshServer, "SSH server", "Whether others can log in to this machine by SSH."),
        SignalGuide(
            .sshServerSettings, "SSH server settings", "What the SSH server lets in, and how.",
            isGood: { value in
                guard case .strings(let settings) = value else { return true }
                return !settings.contains("PermitRootLogin=yes") && !settings.contains("PermitEmptyPasswords=yes")
            }
        ) { _ in
            SignalGuide.Remedy(
                "Set 'PermitRootLogin no' and 'PermitEmptyPasswords no'.",
                command: "sudoedit /etc/ssh/sshd_config.d/10-hardening.conf")
        },
        SignalGuide(.usbGuard, "USBGuard", "Whether USB devices are let in by rules only."),
    ]
}
