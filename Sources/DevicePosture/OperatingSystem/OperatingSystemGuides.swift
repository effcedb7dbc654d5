// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of the operating system.
    static let operatingSystem: [SignalGuide] = [
        SignalGuide(.platform, "Platform", "The kind of operating system; always LINUX here."),
        SignalGuide(.osName, "Distribution", "The distribution's short name, by os-release(5)."),
        SignalGuide(.osVersion, "Version", "The distribution's version."),
        SignalGuide(.osVariant, "Variant", "The distribution's edition, such as workstation."),
        SignalGuide(.osCodename, "Codename", "The name of the distribution's release."),
        SignalGuide(.osBuild, "Build", "The build or image of the distribution."),
        SignalGuide(.osSupportEnd, "Supported until", "The last day on which the distribution mends this release."),
        SignalGuide(
            .osSupportDaysLeft, "Days of support left", "How long the distribution still mends this release.",
            isGood: { $0.isAtLeast(0) }, remedy: upgrade),
        SignalGuide(.kernelVersion, "Kernel", "The kernel that runs now."),
        SignalGuide(
            .newestKernelVersion, "Newest kernel", "The newest kernel that is installed of the kind that runs."),
        SignalGuide(
            .rebootPending, "Start pending", "Whether something that is installed waits for the next start.",
            isGood: \.isFalse
        ) { _ in SignalGuide.Remedy("Start the machine anew.", command: "systemctl reboot") },
        SignalGuide(
            .securityUpdatesPending, "Security updates pending",
            "How many packages lack a security update that is known.",
            isGood: { $0 == .integer(0) }, remedy: update),
        SignalGuide(
            .securityUpdatesHeld, "Security updates held back", "How many of these the machine's owner holds back.",
            isGood: { $0 == .integer(0) }
        ) { .by($0, "Let the packages go that are held back.", [.debian: "apt-mark showhold"]) },
        SignalGuide(
            .securityUpdatesAge, "Age of that knowledge", "How many hours ago the lists of security updates were new.",
            isGood: { $0.isBelow(7 * 24) }, remedy: refresh),
        SignalGuide(
            .automaticUpdates, "Automatic updates", "Whether security updates are installed without anybody doing it.",
            isGood: \.isTrue, remedy: automate),
        SignalGuide(
            .timeSynchronized, "Time synchronised", "Whether a time server keeps the clock right.", isGood: \.isTrue
        ) { _ in SignalGuide.Remedy("Let a time server keep the clock.", command: "sudo timedatectl set-ntp true") },
        SignalGuide(.virtualization, "Virtual machine", "The kind of virtual machine that this is, or none."),
        SignalGuide(.containerType, "Container", "The kind of container that the agent runs in, or none."),
    ]

    @Sendable private static func upgrade(_ distribution: Distribution) -> SignalGuide.Remedy {
        .by(
            distribution, "Go to a newer release of the distribution.",
            [.fedora: "sudo dnf system-upgrade download --releasever=NEWER", .suse: "sudo zypper dup"])
    }

    @Sendable private static func update(_ distribution: Distribution) -> SignalGuide.Remedy {
        .by(
            distribution, "Install the updates.",
            [
                .debian: "sudo apt update && sudo apt upgrade", .fedora: "sudo dnf upgrade --security",
                .ostree: "sudo rpm-ostree upgrade", .suse: "sudo zypper patch --category security",
            ])
    }

    @Sendable private static func refresh(_ distribution: Distribution) -> SignalGuide.Remedy {
        .by(
            distribution, "Have the package manager look for updates.",
            [.debian: "sudo apt update", .fedora: "dnf makecache", .suse: "sudo zypper refresh"])
    }

    @Sendable private static func automate(_ distribution: Distribution) -> SignalGuide.Remedy {
        .by(
            distribution, "Have security updates installed without your doing.",
            [
                .debian: "sudo apt install unattended-upgrades && sudo dpkg-reconfigure -plow unattended-upgrades",
                .fedora: "sudo dnf install dnf-automatic && sudo systemctl enable --now dnf-automatic-install.timer",
                .ostree: "sudo systemctl enable --now rpm-ostreed-automatic.timer",
                .suse: "sudo systemctl enable --now os-update.timer",
            ])
    }
}

extension SignalValue {
    /// Whether it is a number of at least this.
    fileprivate func isAtLeast(_ least: Int) -> Bool {
        if case .integer(let number) = self { number >= least } else { false }
    }
    /// Whether it is a number below this.
    fileprivate func isBelow(_ limit: Int) -> Bool {
        if case .integer(let number) = self { number < limit } else { false }
    }
}
