// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Debian and Ubuntu.
extension TestMachine {
    static let today = "Mon, 21 Sep 2026 02:11:09 UTC"
    static let nextWeek = "Mon, 28 Sep 2026 02:11:09 UTC"

    /// Debian 12: past its standard support, a new kernel under the same name, one update pending and one held.
    static let debian12 = TestMachine(name: "debian-12") { machine in
        machine.release(
            """
            PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
            NAME="Debian GNU/Linux"
            VERSION_ID="12"
            VERSION="12 (bookworm)"
            VERSION_CODENAME=bookworm
            ID=debian

            """)
        machine.write("/etc/debian_version", "12.12\n")
        machine.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        machine.firmware("LENOVO", "20XW0055GE")
        try machine.distroInfo()
        machine.running("6.1.0-27-amd64", version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.115-1 (2024-11-01)")
        machine.kernel("6.1.0-26-amd64")
        machine.kernel("6.1.0-27-amd64")
        machine.kernel("6.1.0-30-rt-amd64")
        machine.dpkg([
            DebianPackage("libssl3", "3.0.17-1~deb12u2"),
            DebianPackage("openssh-client", "1:9.2p1-2+deb12u5", held: true),
            DebianPackage("bash", "5.2.15-2+b7"), DebianPackage("unattended-upgrades", "2.9.1+nmu3", "all"),
            DebianPackage("linux-image-6.1.0-27-amd64", "6.1.119-1"),
        ])
        machine.debianSuites(
            "bookworm", date: today, until: nextWeek, stable: [DebianPackage("bash", "5.2.15-2+b9")],
            security: [
                DebianPackage("libssl3", "3.0.17-1~deb12u3"), DebianPackage("openssh-client", "1:9.2p1-2+deb12u7"),
                DebianPackage("nginx", "1.22.1-9+deb12u3"),
            ])
        machine.write(
            "/etc/apt/apt.conf.d/20auto-upgrades",
            "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n")
        machine.unattendedUpgrades(origin: "origin=Debian,codename=${distro_codename}-security,label=Debian-Security")
    }

    /// Debian 13: all is well.
    static let debian13 = TestMachine(name: "debian-13") { machine in
        machine.release("ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\nDEBIAN_VERSION_FULL=13.1\n")
        machine.write("/etc/debian_version", "13.1\n")
        machine.write("/etc/machine-id", "fedcba9876543210fedcba9876543210\n")
        machine.firmware("Dell Inc.", "Latitude 7450")
        try machine.distroInfo()
        machine.running("6.12.48+deb13-amd64", version: "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)")
        machine.kernel("6.12.43+deb13-amd64")
        machine.kernel("6.12.48+deb13-amd64")
        machine.dpkg([
            DebianPackage("libssl3t64", "3.5.1-1+deb13u1"),
            DebianPackage("linux-image-6.12.48+deb13-amd64", "6.12.48-1"),
        ])
        machine.debianSuites(
            "trixie", date: today, until: nextWeek, stable: [],
            security: [DebianPackage("libssl3t64", "3.5.1-1+deb13u1")])
    }

    /// Ubuntu 22.04: lists of long ago.
    static let ubuntu2204 = TestMachine(name: "ubuntu-22.04") { machine in
        machine.release(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\nUBUNTU_CODENAME=jammy\n")
        machine.write("/etc/debian_version", "bookworm/sid\n")
        machine.firmware("HP", "HP EliteBook 840 G8 Notebook PC")
        try machine.distroInfo()
        machine.running("6.8.0-45-generic", version: "#45~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC")
        machine.kernel("5.15.0-119-generic")
        machine.kernel("6.8.0-45-generic")
        machine.write("/run/reboot-required", "*** System restart required ***\n")
        machine.write("/run/reboot-required.pkgs", "libc6\n")
        machine.dpkg([DebianPackage("libc6", "2.35-0ubuntu3.8")])
        machine.ubuntuSuites(
            "jammy", date: "Mon, 03 Aug 2026 10:00:00 UTC", updates: [],
            security: [DebianPackage("libc6", "2.35-0ubuntu3.9")])
        machine.write(
            "/etc/apt/apt.conf.d/20auto-upgrades",
            "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"0\";\n")
    }

    /// Ubuntu 24.04: a phased update that is none of security, and a newer kernel.
    static let ubuntu2404 = TestMachine(name: "ubuntu-24.04") { machine in
        machine.release(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n")
        machine.write("/etc/debian_version", "trixie/sid\n")
        machine.write("/etc/machine-id", "00112233445566778899aabbccddeeff\n")
        machine.firmware("LENOVO", "21CBCTO1WW")
        try machine.distroInfo()
        machine.running("6.8.0-45-generic", version: "#45-Ubuntu SMP PREEMPT_DYNAMIC")
        machine.kernel("6.8.0-45-generic")
        machine.kernel("6.8.0-110-generic")
        machine.kernel("6.11.0-1012-oem")
        machine.dpkg([
            DebianPackage("gnome-shell", "46.0-0ubuntu6"), DebianPackage("curl", "8.5.0-2ubuntu10.4"),
            DebianPackage("unattended-upgrades", "2.9.1", "all"),
        ])
        machine.ubuntuSuites(
            "noble", date: today,
            updates: [DebianPackage("gnome-shell", "46.0-0ubuntu7", fields: ["Phased-Update-Percentage: 10"])],
            security: [DebianPackage("curl", "8.5.0-2ubuntu10.6")])
        machine.write(
            "/etc/apt/apt.conf.d/20auto-upgrades",
            "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n")
        machine.unattendedUpgrades(origin: "${distro_id}:${distro_codename}-security")
        machine.write(
            "/var/lib/ubuntu-advantage/status.json",
            #"{"attached": true, "services": [{"name": "esm-infra", "status": "enabled"}]}"#)
    }

    /// Ubuntu 26.04: no security suite among its sources.
    static let ubuntu2604 = TestMachine(name: "ubuntu-26.04") { machine in
        machine.release(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"26.04\"\nVERSION_CODENAME=resolute\nUBUNTU_CODENAME=resolute\n")
        machine.write("/etc/machine-id", "uninitialized\n")
        machine.firmware("QEMU", "Standard PC (Q35 + ICH9, 2009)", virtual: true)
        try machine.distroInfo()
        machine.running("7.0.0-14-generic", version: "#14-Ubuntu SMP PREEMPT_DYNAMIC")
        machine.kernel("7.0.0-14-generic")
        machine.dpkg([DebianPackage("curl", "8.18.0-1ubuntu1")])
        machine.aptSuite(
            "archive.ubuntu.com_ubuntu_dists_resolute",
            ["Origin: Ubuntu", "Label: Ubuntu", "Suite: resolute", "Codename: resolute", "Date: \(today)"],
            [DebianPackage("curl", "8.18.0-1ubuntu2")])
    }

    /// A container made of Debian 12.
    static let container = TestMachine(name: "container") { machine in
        machine.release("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n")
        machine.write("/etc/debian_version", "12.12\n")
        machine.write("/etc/machine-id", "")
        machine.running("6.17.7-200.fc42.x86_64", version: "#1 SMP PREEMPT_DYNAMIC")
        machine.write("/run/.containerenv", "engine=\"podman-5.6.2\"\n")
        machine.mount("/", "0:51", "overlay", "overlay")
        machine.dpkg([DebianPackage("bash", "5.2.15-2+b7")])
    }

    /// Ubuntu 24.04 in Windows Subsystem for Linux.
    static let wsl2 = TestMachine(name: "wsl2") { machine in
        machine.release(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n")
        machine.write("/etc/machine-id", "aaaabbbbccccddddeeeeffff00001111\n")
        try machine.distroInfo()
        machine.running("6.6.87.2-microsoft-standard-WSL2", version: "#1 SMP PREEMPT_DYNAMIC")
        machine.mount("/", "8:48", "ext4", "/dev/sdd")
        machine.dpkg([DebianPackage("curl", "8.5.0-2ubuntu10.4")])
        machine.ubuntuSuites("noble", date: today, updates: [], security: [DebianPackage("curl", "8.5.0-2ubuntu10.6")])
    }
}
