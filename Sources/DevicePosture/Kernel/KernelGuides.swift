// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of the kernel.
    static let kernel: [SignalGuide] = control + code + settings + files

    private static let control: [SignalGuide] = [
        SignalGuide(
            .kernelLockdown, "Lockdown", "How far the kernel keeps even root from changing it.",
            isGood: { $0 == .string("integrity") || $0 == .string("confidentiality") }
        ) { _ in
            SignalGuide.Remedy(
                "Switch Secure Boot on, with which most distributions lock the kernel down, or add "
                    + "'lockdown=integrity' to its command line.")
        },
        SignalGuide(
            .mandatoryAccessControl, "Access control",
            "Which policy confines programs, whoever runs them: SELinux, AppArmor, Smack or TOMOYO.",
            isGood: { $0 != .string("none") }
        ) { distribution in
            SignalGuide.Remedy.by(
                distribution, "Install and enforce SELinux or AppArmor, whichever the distribution supports.",
                [
                    .debian: "sudo apt install apparmor apparmor-profiles && sudo systemctl enable --now apparmor",
                    .fedora: "sudo sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config && sudo setenforce 1",
                    .ostree: "sudo sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config && sudo setenforce 1",
                    .suse: "sudo zypper install -t pattern apparmor && sudo systemctl enable --now apparmor",
                ])
        },
        SignalGuide(.securityModules, "Security modules", "The kernel's security modules that are active."),
    ]

    private static let code: [SignalGuide] = [
        SignalGuide(.kernelTaint, "Taint", "What the kernel notes about its own state."),
        SignalGuide(
            .kernelTainted, "Foreign code", "Whether code runs in the kernel that is not the distribution's.",
            isGood: \.isFalse
        ) { _ in
            SignalGuide.Remedy(
                "Remove drivers that are not the distribution's, or use its signed ones, and start anew; the evidence "
                    + "names the kind.")
        },
        SignalGuide(
            .moduleSigning, "Signed modules", "Whether the kernel loads signed modules alone.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy("Switch Secure Boot on, or add 'module.sig_enforce=1' to the kernel's command line.")
        },
        SignalGuide(
            .integrityMeasurement, "File integrity",
            "Whether the kernel measures or appraises files before it opens them."),
    ]

    private static let settings: [SignalGuide] = [
        SignalGuide(.kernelHardening, "Kernel settings", "The kernel's settings that harden it."),
        setting(
            .addressSpaceRandomization, "Random addresses", "Whether programs lie at places that nobody can foretell.",
            "kernel.randomize_va_space = 2"),
        setting(
            .processTracingRestricted, "Tracing", "Whether a program may look only into those that it started.",
            "kernel.yama.ptrace_scope = 1"),
        setting(
            .kernelPointersHidden, "Kernel addresses", "Whether the kernel keeps its addresses to itself.",
            "kernel.kptr_restrict = 1"),
        setting(
            .kernelLogRestricted, "Kernel log", "Whether the kernel's log is for administrators alone.",
            "kernel.dmesg_restrict = 1"),
        setting(
            .unprivilegedBPFDisabled, "BPF", "Whether only administrators may load programs into the kernel.",
            "kernel.unprivileged_bpf_disabled = 2"),
        SignalGuide(
            .kexecDisabled, "Kexec", "Whether no other kernel can be started from the one that runs."),
        setting(
            .linksProtected, "Links", "Whether links in shared folders are followed only where that is safe.",
            "fs.protected_symlinks = 1", "fs.protected_hardlinks = 1"),
        setting(
            .sharedFilesProtected, "Shared files",
            "Whether files in shared folders are opened only where that is safe.",
            "fs.protected_fifos = 1", "fs.protected_regular = 1"),
        setting(
            .privilegedDumpsRestricted, "Memory dumps", "Whether users cannot read dumps of programs with more rights.",
            "fs.suid_dumpable = 0"),
    ]

    private static let files: [SignalGuide] = [
        SignalGuide(
            .mountOptions, "Mount options", "What is forbidden on the file systems that everybody can write to.")
    ]

    /// A guide to a yes-or-no signal of kernel settings, each as a line of sysctl.d(5).
    private static func setting(
        _ name: SignalName, _ title: String, _ meaning: String, _ lines: String...
    ) -> SignalGuide {
        SignalGuide(name, title, meaning, isGood: \.isTrue) { distribution in
            let text = lines.joined(separator: "\\n")
            let file = "/etc/sysctl.d/90-\(name.rawValue).conf"
            let command = "printf '\(text)\\n' | sudo tee \(file) && sudo sysctl --load=\(file)"
            guard distribution != .nixos else {
                return SignalGuide.Remedy(
                    "Set \(lines.joined(separator: ", ")) under 'boot.kernel.sysctl' and rebuild the system.")
            }
            return SignalGuide.Remedy(
                "Set \(lines.joined(separator: ", ")) for this and every start.", command: command)
        }
    }
}
