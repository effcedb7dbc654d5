// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A package as dpkg or a list of APT's names it.
struct DebianPackage: Sendable {
    var name: String
    var version: String
    var architecture = "amd64"
    var isHeld = false
    /// Further fields, a line each.
    var fields: [String] = []

    init(_ name: String, _ version: String, _ architecture: String = "amd64", held: Bool = false, fields: [String] = [])
    {
        (self.name, self.version, self.architecture, isHeld, self.fields) = (name, version, architecture, held, fields)
    }
}

/// What package managers leave.
extension MachineFixture {
    /// The packages that are installed.
    func dpkg(_ packages: [DebianPackage]) {
        let stanzas = packages.map { package in
            """
            Package: \(package.name)
            Status: \(package.isHeld ? "hold" : "install") ok installed
            Priority: optional
            Architecture: \(package.architecture)
            \((package.fields + ["Version: \(package.version)"]).joined(separator: "\n"))
            Description: a package
             of several lines
            """
        }
        write("/var/lib/dpkg/status", stanzas.joined(separator: "\n\n") + "\n\n")
    }

    /// A suite as apt-get update leaves it in its lists.
    ///
    /// - Parameters:
    ///   - prefix: the address with underscores, up to the suite, such as `deb.debian.org_debian_dists_bookworm`.
    ///   - header: the fields of its Release file, a line each.
    func aptSuite(
        _ prefix: String, _ header: [String], architecture: String = "amd64", _ packages: [DebianPackage]
    ) {
        let stanzas = packages.map { package in
            """
            Package: \(package.name)
            Architecture: \(package.architecture)
            \((["Version: \(package.version)"] + package.fields).joined(separator: "\n"))
            Description: a package
            Filename: pool/x.deb
            """
        }
        let list = stanzas.joined(separator: "\n\n") + (packages.isEmpty ? "" : "\n\n")
        let folder = "/var/lib/apt/lists/\(prefix)"
        write("\(folder)_main_binary-\(architecture)_Packages", list)
        let digest = String(repeating: "0", count: 64)
        let release =
            ["-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA256", ""] + header
            + ["SHA256:", " \(digest) \(list.utf8.count) main/binary-\(architecture)/Packages"]
            + ["-----BEGIN PGP SIGNATURE-----", "", "x", "-----END PGP SIGNATURE-----"]
        write("\(folder)_InRelease", release.joined(separator: "\n") + "\n")
    }

    /// Debian's three suites of a release.
    func debianSuites(
        _ codename: String, date: String, until: String, stable: [DebianPackage], security: [DebianPackage]
    ) {
        let times = ["Date: \(date)", "Valid-Until: \(until)"]
        aptSuite(
            "deb.debian.org_debian_dists_\(codename)",
            ["Origin: Debian", "Label: Debian", "Suite: stable", "Codename: \(codename)", "Date: \(date)"], stable)
        aptSuite(
            "deb.debian.org_debian-security_dists_\(codename)-security",
            ["Origin: Debian", "Label: Debian-Security", "Suite: stable-security", "Codename: \(codename)-security"]
                + times,
            security)
    }

    /// Ubuntu's suites of a release.
    func ubuntuSuites(
        _ codename: String, date: String, updates: [DebianPackage], security: [DebianPackage]
    ) {
        for (pocket, packages) in [("", []), ("-updates", updates + security), ("-security", security)] {
            let host = pocket == "-security" ? "security.ubuntu.com" : "archive.ubuntu.com"
            aptSuite(
                "\(host)_ubuntu_dists_\(codename)\(pocket)",
                [
                    "Origin: Ubuntu", "Label: Ubuntu", "Suite: \(codename)\(pocket)", "Version: 24.04",
                    "Codename: \(codename)", "Date: \(date)",
                ], packages)
        }
    }

    /// A kernel that is installed, with its image below `/boot` or beside its modules.
    func kernel(_ release: String, inBoot: Bool = true) {
        write("/usr/lib/modules/\(release)/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
        write(inBoot ? "/boot/vmlinuz-\(release)" : "/usr/lib/modules/\(release)/vmlinuz", "MZ")
    }

    /// The kernel that runs.
    func running(_ release: String, version: String = "#1 SMP PREEMPT_DYNAMIC") {
        write("/proc/sys/kernel/osrelease", release + "\n")
        write("/proc/sys/kernel/version", version + "\n")
    }

    /// os-release where distributions keep it, and the link to it.
    func release(_ text: String) {
        write("/usr/lib/os-release", text)
        link("/etc/os-release", to: "../usr/lib/os-release")
        link("/lib", to: "usr/lib")
    }

    /// The tables of distro-info-data, as its package has them.
    func distroInfo() throws {
        for name in ["debian", "ubuntu"] {
            write("/usr/share/distro-info/\(name).csv", try Fixtures.bytes("distro-info/\(name).csv"))
        }
    }

    /// What unattended-upgrades is set up with, and that it runs by itself.
    func unattendedUpgrades(origin: String) {
        write("/usr/bin/unattended-upgrade", "")
        write(
            "/etc/apt/apt.conf.d/50unattended-upgrades",
            """
            // What is installed by itself.
            Unattended-Upgrade::Allowed-Origins {
                // "${distro_id}:${distro_codename}-updates";
                "\(origin)";
            };

            """)
        enable("apt-daily.timer")
        enable("apt-daily-upgrade.timer")
    }

    /// What the firmware and the processor say of the machine.
    func firmware(_ vendor: String, _ product: String, virtual: Bool = false) {
        write("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme de\(virtual ? " hypervisor" : "") lahf_lm\n\n")
        write("/sys/class/dmi/id/sys_vendor", vendor + "\n")
        write("/sys/class/dmi/id/product_name", product + "\n")
    }

    /// A unit that is enabled.
    func enable(_ unit: String, in target: String = "timers.target") {
        write("/usr/lib/systemd/system/\(unit)", "[Unit]\n")
        link("/etc/systemd/system/\(target).wants/\(unit)", to: "/usr/lib/systemd/system/\(unit)")
    }
}
