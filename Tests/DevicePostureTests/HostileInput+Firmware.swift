// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals

@testable import DevicePosture

extension HostileInput {
    /// Files that signals of the machine and its firmware are read from.
    static let hardware: [HostileInput] = [
        on(.debian12, "/sys/class/dmi/id/bios_version", [.firmwareVersion]) {
            $0.accept(.truncated, .firmwareVersion, .string("N32ET91W"))
        },
        on(.debian12, "/sys/class/dmi/id/bios_date", [.firmwareDate]),
        on(.debian12, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", [.secureBoot]) {
            // Firmware without the variable has no Secure Boot.
            $0.accept(.missing, .secureBoot, .boolean(false))
        },
        on(.debian12, "/sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", [.secureBoot]),
        on(
            .ubuntu2204, "/sys/firmware/efi/efivars/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23", [.secureBoot]
        ) {
            // Without shim nothing switches verification off.
            $0.accept(.missing, .secureBoot, .boolean(true))
        },
        on(.debian12, "/sys/class/tpm/tpm0/tpm_version_major", [.tpmVersion, .secureHardwarePresent, .measuredBoot]) {
            // Half of the line is the digit without its end.
            $0.accept(.truncated, .tpmVersion, .string("2.0"))
            $0.accept(.truncated, .secureHardwarePresent, .boolean(true))
            $0.accept(.truncated, .measuredBoot, .boolean(true))
        },
        on(.debian12, "/sys/class/tpm/tpm0/pcr-sha256/0", [.measuredBoot]),
        on(.arch, "/sys/class/tpm/tpm0/pcr-sha256/7", [.measuredBoot]),
        on(
            .debian12, "/sys/devices/system/cpu/vulnerabilities/spectre_v2", [.cpuVulnerabilities, .cpuMitigated]
        ) {
            // A weakness that the kernel does not know; and half the word is still the word.
            $0.accept(.missing, .cpuVulnerabilities, .strings([]))
            $0.accept(.missing, .cpuMitigated, .boolean(true))
            $0.accept(.truncated, .cpuVulnerabilities, .strings([]))
            $0.accept(.truncated, .cpuMitigated, .boolean(true))
        },
        on(.nixOS, "/sys/kernel/iommu_groups/0/type", [.iommuEnabled]) {
            // A group confines, unless the kernel says that it does not.
            $0.accept(.missing, .iommuEnabled, .boolean(true))
        },
        on(.debian12, "/sys/bus/thunderbolt/devices/domain0/security", [.thunderboltSecurity]),
    ]

    /// Files that signals of the kernel are read from.
    static let kernel: [HostileInput] = [
        on(.fedoraWorkstation, LockdownMode.path, [.kernelLockdown, .moduleSigning]) {
            // A kernel without lockdown enforces signatures by nothing else here.
            $0.accept(.missing, .moduleSigning, .boolean(false))
        },
        on(.fedoraWorkstation, SecurityModuleList.path, [.securityModules]) {
            // The list has no end that could be missed.
            $0.accept(.truncated, .securityModules, .strings(["capability", "lockdown", "sel", "yama"]))
        },
        on(.fedoraWorkstation, "/sys/fs/selinux/enforce", [.mandatoryAccessControl]),
        on(.debian12, "/sys/module/apparmor/parameters/enabled", [.mandatoryAccessControl]) {
            // Half of the line is the letter without its end.
            $0.accept(.truncated, .mandatoryAccessControl, .string("apparmor"))
        },
        on(.tumbleweed, "/sys/kernel/security/apparmor/profiles", [.mandatoryAccessControl]) {
            $0.accept(.empty, .mandatoryAccessControl, .string("none"))
            // Nothing is installed that loads a profile.
            $0.accept(.missing, .mandatoryAccessControl, .string("none"))
            $0.accept(.unreadable, .mandatoryAccessControl, .string("none"))
        },
        on(.arch, TaintFlags.path, [.kernelTaint, .kernelTainted]) {
            // Half of the digits are a number too.
            $0.accept(.truncated, .kernelTaint, .strings(TaintFlags(parsing: Array("122".utf8)).map(names) ?? []))
            $0.accept(.truncated, .kernelTainted, .boolean(true))
        },
        on(.arch, "/proc/sys/kernel/randomize_va_space", [.addressSpaceRandomization]) {
            $0.accept(.truncated, .addressSpaceRandomization, .boolean(true))
        },
        on(.arch, "/sys/module/module/parameters/sig_enforce", [.moduleSigning]) {
            $0.accept(.missing, .moduleSigning, .boolean(false))
            $0.accept(.truncated, .moduleSigning, .boolean(false))
        },
        on(.rhel9, "/sys/kernel/security/ima/policy", [.integrityMeasurement]) {
            // A policy is rules that are understood or not there; what is in force without rules is nothing.
            $0.accept(.empty, .integrityMeasurement, .string("none"))
            $0.accept(.truncated, .integrityMeasurement, .string("measure"))
        },
        HostileInput(
            path: MountTable.path, signals: [.mountOptions],
            machine: {
                let machine = try MachineFixture()
                try machine.folder("/tmp")
                machine.mount("/", "8:2", "ext4", "/dev/sda2")
                machine.mount("/tmp", "0:30", "tmpfs", "tmpfs", mountOptions: "rw,nosuid,nodev")
                return machine
            }),
    ]

    private static func names(_ flags: TaintFlags) -> [String] { flags.numbers.map(TaintFlags.name(of:)).sorted() }

    private static func on(
        _ machine: TestMachine, _ path: String, _ signals: [SignalName],
        _ change: (inout HostileInput) -> Void = { _ in }
    ) -> HostileInput {
        var input = HostileInput(path: path, signals: signals, machine: { try machine.make() })
        change(&input)
        return input
    }

    private mutating func accept(_ form: HostileForm, _ name: SignalName, _ value: SignalValue) {
        accepted[form, default: [:]][name] = value
    }
}
