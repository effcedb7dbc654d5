// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of the machine and its firmware.
    static let hardware: [SignalGuide] = machine + trustedPlatform + boot + devices

    private static let machine: [SignalGuide] = [
        SignalGuide(.manufacturer, "Manufacturer", "Who made the machine, by its firmware."),
        SignalGuide(.model, "Model", "What its maker calls the machine."),
        SignalGuide(.firmwareVersion, "Firmware", "The version of the machine's firmware."),
        SignalGuide(.firmwareDate, "Firmware of", "The day of that version."),
    ]

    private static let trustedPlatform: [SignalGuide] = [
        SignalGuide(
            .secureHardwarePresent, "TPM 2.0",
            "Whether the kernel drives a TPM 2.0, which can keep keys and measure what starts.",
            isGood: \.isTrue
        ) { _ in SignalGuide.Remedy("Switch the TPM on in the firmware's settings, where the machine has one.") },
        SignalGuide(.tpmVersion, "TPM version", "The version of the TPM's specification."),
        SignalGuide(
            .tpmUsable, "TPM usable", "Whether your programs may use the TPM.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy(
                "Become a member of the group that may use the TPM, then sign in again.",
                command: "sudo usermod --append --groups tss \"$USER\"")
        },
    ]

    private static let boot: [SignalGuide] = [
        SignalGuide(
            .secureBoot, "Secure Boot", "Whether the firmware and shim verify what starts.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy(
                "Switch Secure Boot on in the firmware's settings; where shim has it switched off, run "
                    + "'mokutil --enable-validation' and start anew.")
        },
        SignalGuide(
            .measuredBoot, "Measured boot", "Whether the firmware wrote into the TPM what it started.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy("Switch the TPM and its SHA-256 bank on in the firmware's settings, and start by UEFI.")
        },
        SignalGuide(
            .hsiLevel, "Firmware security", "The level of fwupd's Host Security ID, 0 to 5.",
            isGood: { if case .integer(let level) = $0 { level > 0 } else { false } }
        ) { _ in
            SignalGuide.Remedy(
                "See what fwupd finds missing; much of it is in the firmware's settings.", command: "fwupdmgr security")
        },
    ]

    private static let devices: [SignalGuide] = [
        SignalGuide(
            .cpuVulnerabilities, "Processor weaknesses", "The processor's known weaknesses that are open.",
            isGood: \.isEmptyList, remedy: microcode),
        SignalGuide(
            .cpuMitigated, "Processor mitigated", "Whether none of the processor's known weaknesses is open.",
            isGood: \.isTrue, remedy: microcode),
        SignalGuide(
            .iommuEnabled, "IOMMU", "Whether devices reach only the memory that they are given.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy(
                "Switch VT-d or AMD-Vi on in the firmware's settings, and take 'iommu=pt' and 'iommu=off' from the "
                    + "kernel's command line; on Intel machines add 'intel_iommu=on'.")
        },
        SignalGuide(
            .thunderboltSecurity, "Thunderbolt", "What a Thunderbolt device may do as soon as it is plugged in."),
    ]

    @Sendable private static func microcode(_ distribution: Distribution) -> SignalGuide.Remedy {
        SignalGuide.Remedy.by(
            distribution,
            "Install the processor's microcode and the newest kernel, take 'mitigations=off' from its command line, "
                + "and start anew.",
            [
                .debian: "sudo apt install intel-microcode amd64-microcode",
                .fedora: "sudo dnf upgrade microcode_ctl kernel",
                .ostree: "rpm-ostree upgrade", .suse: "sudo zypper install ucode-intel ucode-amd",
                .arch: "sudo pacman -Syu intel-ucode amd-ucode",
            ])
    }
}
