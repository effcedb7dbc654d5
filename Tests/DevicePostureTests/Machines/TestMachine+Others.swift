// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable import DevicePosture

/// Distributions that are neither Debian nor made of it.
extension TestMachine {
    /// Fedora 44 Workstation: a newer kernel than the one that runs.
    static let fedoraWorkstation = TestMachine(name: "fedora-44-workstation") { machine in
        machine.release(
            """
            NAME="Fedora Linux"
            VERSION="44 (Workstation Edition)"
            ID=fedora
            VERSION_ID=44
            VERSION_CODENAME=""
            VARIANT="Workstation Edition"
            VARIANT_ID=workstation
            SUPPORT_END=2027-05-19

            """)
        machine.write("/etc/machine-id", "11111111222222223333333344444444\n")
        machine.firmware("Framework", "Laptop 13 (AMD Ryzen 7040Series)")
        machine.running("7.0.4-301.fc44.x86_64", version: "#1 SMP PREEMPT_DYNAMIC Mon Aug 31 12:00:00 UTC 2026")
        machine.kernel("7.0.4-301.fc44.x86_64", inBoot: false)
        machine.kernel("7.0.10-300.fc44.x86_64", inBoot: false)
        machine.kernel("7.0.11-300.fc44.x86_64+debug", inBoot: false)
        machine.write("/usr/bin/dnf5", "")
        machine.write("/usr/lib/sysimage/rpm/rpmdb.sqlite", "SQLite format 3\0")
        machine.write("/usr/share/dnf5/dnf5-plugins/automatic.conf", "[commands]\napply_updates = no\n")
        machine.write("/etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n")
        machine.enable("dnf5-automatic.timer")
    }

    /// Fedora 44 Silverblue: an update is staged.
    static let fedoraSilverblue = TestMachine(name: "fedora-44-silverblue") { machine in
        machine.release(
            "ID=fedora\nVERSION_ID=44\nVARIANT_ID=silverblue\nOSTREE_VERSION='44.20260914.0'\nSUPPORT_END=2027-05-19\n")
        machine.write("/etc/machine-id", "55555555666666667777777788888888\n")
        machine.firmware("LENOVO", "21HMCTO1WW")
        machine.running("7.0.10-300.fc44.x86_64")
        machine.kernel("7.0.10-300.fc44.x86_64", inBoot: false)
        machine.write("/run/ostree-booted", "")
        machine.write("/run/ostree/staged-deployment", "")
        machine.write("/usr/bin/rpm-ostree", "")
        machine.write("/etc/rpm-ostreed.conf", "[Daemon]\n#AutomaticUpdatePolicy=none\nAutomaticUpdatePolicy=stage\n")
        machine.enable("rpm-ostreed-automatic.timer")
    }

    /// Red Hat Enterprise Linux 9.
    static let rhel9 = TestMachine(name: "rhel-9") { machine in
        machine.release("NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.6\"\n")
        machine.write("/etc/machine-id", "9999999988888888777777776666aaaa\n")
        machine.firmware("VMware, Inc.", "VMware20,1", virtual: true)
        machine.running("5.14.0-570.12.1.el9_6.x86_64")
        machine.kernel("5.14.0-570.12.1.el9_6.x86_64")
        machine.kernel("0-rescue-9999999988888888777777776666aaaa")
        machine.write("/usr/bin/dnf", "")
        machine.write("/etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n")
    }

    /// openSUSE Tumbleweed.
    static let tumbleweed = TestMachine(name: "opensuse-tumbleweed") { machine in
        machine.release("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\nVERSION_ID=\"20260918\"\n")
        machine.write("/etc/machine-id", "bbbbbbbbccccccccddddddddeeeeeeee\n")
        machine.firmware("ASUSTeK COMPUTER INC.", "Zenbook UX3405MA")
        machine.running("7.0.9-1-default")
        machine.kernel("7.0.9-1-default", inBoot: false)
        machine.write("/usr/bin/zypper", "")
    }

    /// Arch: the modules of the kernel that runs are gone.
    static let arch = TestMachine(name: "arch") { machine in
        machine.release("NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n")
        machine.write("/etc/machine-id", "1234567890abcdef1234567890abcdef\n")
        machine.firmware("Micro-Star International Co., Ltd.", "MS-7D67")
        machine.running("7.0.10-arch1-1")
        machine.kernel("7.0.11-arch1-1", inBoot: false)
        machine.kernel("6.18.40-1-lts", inBoot: false)
        machine.write("/usr/bin/pacman", "")
    }

    /// NixOS: another system was switched to than was started.
    static let nixOS = TestMachine(name: "nixos") { machine in
        machine.write(
            "/nix/store/1-os-release",
            "ID=nixos\nVERSION_ID=\"26.05\"\nVERSION_CODENAME=yarara\nBUILD_ID=\"26.05.20260910.abcdef\"\nSUPPORT_END=\"2026-12-31\"\n"
        )
        machine.link("/etc/os-release", to: "/nix/store/1-os-release")
        machine.write("/etc/machine-id", "abcdefabcdefabcdefabcdefabcdef01\n")
        machine.write("/etc/NIXOS", "")
        machine.firmware("System76", "Lemur Pro")
        machine.running("6.18.40")
        for (system, release) in [("a", "6.18.40"), ("b", "6.18.44")] {
            machine.write("/nix/store/\(system)-linux/bzImage", "MZ")
            machine.write("/nix/store/\(system)-modules/lib/modules/\(release)/modules.builtin", "")
            machine.link("/nix/store/\(system)-system/kernel", to: "/nix/store/\(system)-linux/bzImage")
            machine.link("/nix/store/\(system)-system/kernel-modules", to: "/nix/store/\(system)-modules")
        }
        machine.link("/run/booted-system", to: "/nix/store/a-system")
        machine.link("/run/current-system", to: "/nix/store/b-system")
        machine.write("/nix/store/units/nixos-upgrade.timer", "[Timer]\n")
        machine.link("/etc/systemd/system", to: "/nix/store/units")
        machine.link("/nix/store/units/timers.target.wants/nixos-upgrade.timer", to: "../nixos-upgrade.timer")
    }

    /// SteamOS: an image that is replaced as a whole.
    static let steamOS = TestMachine(name: "steamos") { machine in
        machine.release(
            "ID=steamos\nID_LIKE=arch\nVERSION_CODENAME=holo\nVERSION_ID=3.7.13\nVARIANT_ID=steamdeck\nBUILD_ID=20260714.1\n"
        )
        machine.write("/etc/machine-id", "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\n")
        machine.firmware("Valve", "Jupiter")
        machine.running("6.11.11-valve19-1-neptune-611-g2f7a1b9c0d1e")
        machine.kernel("6.11.11-valve19-1-neptune-611-g2f7a1b9c0d1e", inBoot: false)
        machine.write("/usr/bin/pacman", "")
    }

    /// Alpine.
    static let alpine = TestMachine(name: "alpine") { machine in
        machine.write("/etc/os-release", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.23.2\n")
        machine.architecture = .other
        machine.write("/sys/firmware/devicetree/base/model", "Raspberry Pi 5 Model B Rev 1.0\0")
        machine.write("/sys/firmware/devicetree/base/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0")
        machine.write("/sys/firmware/devicetree/base/serial-number", "10000000abcdef01\0")
        machine.running("6.18.20-0-lts")
        machine.write("/lib/modules/6.18.20-0-lts/modules.builtin", "")
        machine.write("/boot/vmlinuz-lts", "MZ")
        machine.write("/sbin/apk", "")
    }
}
