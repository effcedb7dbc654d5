// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals

@testable import DevicePosture

extension HostileInput {
    /// Files that signals of the operating system are read from.
    static let operatingSystem: [HostileInput] = [
        HostileInput(
            path: "/etc/os-release",
            signals: [.osName, .osVersion, .osCodename, .osSupportEnd, .osSupportDaysLeft, .securityUpdatesPending],
            // Without a file the distribution counts as "linux", as os-release(5) has it.
            accepted: [
                .empty: [.osName: .string("linux")], .binary: [.osName: .string("linux")],
                .truncated: [.osName: .string("linux")],
            ],
            machine: {
                let machine = try TestMachine.debian13.make()
                machine.remove("/etc/os-release")
                machine.remove("/usr/lib/os-release")
                let comment = "# " + String(repeating: "x", count: 100)
                machine.write("/etc/os-release", "\(comment)\nID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\n")
                return machine
            }),
        HostileInput(
            path: "/usr/share/distro-info/ubuntu.csv", signals: [.osSupportEnd, .osSupportDaysLeft],
            machine: { try TestMachine.ubuntu2404.make() }),
        HostileInput(
            path: "/var/lib/dpkg/status", signals: [.securityUpdatesPending, .securityUpdatesHeld],
            machine: { try TestMachine.debian12.make() }),
        HostileInput(
            path: "/var/lib/apt/lists/deb.debian.org_debian-security_dists_bookworm-security_InRelease",
            signals: [.securityUpdatesPending, .securityUpdatesHeld, .securityUpdatesAge],
            machine: { try TestMachine.debian12.make() }),
        HostileInput(
            path:
                "/var/lib/apt/lists/deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages",
            signals: [.securityUpdatesPending, .securityUpdatesHeld], machine: { try TestMachine.debian12.make() }),
        HostileInput(
            path: "/proc/sys/kernel/osrelease", signals: [.kernelVersion, .newestKernelVersion, .rebootPending],
            accepted: [.truncated: [.kernelVersion: .string("6.12.48+de")]],
            machine: { try TestMachine.debian13.make() }),
        HostileInput(
            path: "/etc/apt/apt.conf.d/20auto-upgrades", signals: [.automaticUpdates],
            accepted: Dictionary(
                uniqueKeysWithValues: [HostileForm.missing, .empty, .truncated].map {
                    ($0, [.automaticUpdates: .boolean(false)])
                }),
            machine: { try TestMachine.debian12.make() }),
        HostileInput(
            path: "/etc/rpm-ostreed.conf", signals: [.automaticUpdates],
            accepted: Dictionary(
                uniqueKeysWithValues: [HostileForm.missing, .empty, .truncated].map {
                    ($0, [.automaticUpdates: .boolean(false)])
                }),
            machine: { try TestMachine.fedoraSilverblue.make() }),
    ]

    /// Files that tell one machine from another.
    static let identity: [HostileInput] = [
        HostileInput(path: "/etc/machine-id", signals: [.deviceId], machine: { try TestMachine.debian12.make() }),
        HostileInput(
            path: HardwareIdentityCollector.serialPath, signals: [.serialNumber],
            accepted: [.truncated: [.serialNumber: .string("PF2")]],
            machine: {
                let machine = try TestMachine.debian12.make()
                machine.write(HardwareIdentityCollector.serialPath, "PF2ABC\n")
                return machine
            }),
        HostileInput(
            path: HardwareIdentityCollector.uuidPath, signals: [.hardwareUuid],
            machine: {
                let machine = try TestMachine.debian12.make()
                machine.write(HardwareIdentityCollector.uuidPath, "4c4c4544-0042-3510-8057-b4c04f4d4e33\n")
                return machine
            }),
    ]
}
