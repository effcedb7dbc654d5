// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import MessageBus

@testable import DevicePosture

/// How each machine is used.
extension TestMachine {
    /// Lays out what the person, the session, the disks, the services and the programs of a machine leave.
    static func use(_ name: String, _ machine: MachineFixture) throws {
        machine.named(1, "systemd")
        try machine.folder("/usr/bin")
        if machine.architecture == .x86, name != "container", name != "wsl2" { machine.serialNumbers() }
        switch name {
        case "debian-12", "debian-13": try useDebian(name, machine)
        case "ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04": try useUbuntu(name, machine)
        case "fedora-44-workstation", "fedora-44-silverblue", "rhel-9", "opensuse-tumbleweed":
            try useRPM(name, machine)
        case "arch", "nixos", "steamos", "alpine": try useRolling(name, machine)
        case "container": try useContainer(machine)
        case "wsl2": try useWSL(machine)
        default: try useSpecial(name, machine)
        }
    }

    private static func useDebian(_ name: String, _ machine: MachineFixture) throws {
        machine.usb()
        machine.sudo()
        if name == "debian-12" {
            // A laptop as it should be.
            try StorageMachine.lvmOnLUKS.layOut(machine)
            machine.person(in: ["sudo"])
            machine.passwordStatus("P")
            machine.gnome(idle: 300)
            machine.displayManager("gdm3")
            machine.write("/etc/gdm3/daemon.conf", "[daemon]\n#AutomaticLoginEnable = true\n")
            machine.services(active: ["nftables.service"])
            machine.temporaryFolders(inMemory: false)
            machine.listening(loopback: [631])
            machine.write("/home/alice/.ssh/id_ed25519.pub", "ssh-ed25519 AAAA alice\n")
        } else {
            // A machine that somebody tinkers with.
            machine.plainDisk()
            machine.partition("sda3", "8:3", of: "sda")
            machine.swap("/dev/sda3")
            machine.temporaryFolders(inMemory: true)
            machine.person(in: ["sudo", "docker"])
            machine.passwordStatus("P")
            machine.environment["XDG_CURRENT_DESKTOP"] = "KDE"
            machine.write("/home/alice/.config/kscreenlockerrc", "[Daemon]\nAutolock=false\n")
            machine.displayManager("sddm")
            machine.write("/etc/sddm.conf.d/autologin.conf", "[Autologin]\nUser=alice\nSession=plasma\n")
            machine.sshServer("PermitRootLogin yes\n", unit: "ssh.service", isActive: true)
            machine.listening(tcp: [22, 8080])
            machine.write("/opt/CrowdStrike/falconctl", "")
            machine.services(active: ["falcon-sensor.service"])
            machine.write(
                "/home/alice/.ssh/id_rsa",
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx\n-----END RSA PRIVATE KEY-----\n")
        }
    }

    private static func useUbuntu(_ name: String, _ machine: MachineFixture) throws {
        machine.usb()
        machine.sudo()
        machine.passwordStatus("P")
        machine.write("/etc/default/ufw", "DEFAULT_INPUT_POLICY=\"DROP\"\n")
        switch name {
        case "ubuntu-22.04":
            machine.plainDisk()
            machine.person(in: ["sudo", "lxd"])
            machine.gnome("ubuntu:GNOME", idle: 0)
            machine.displayManager("gdm3")
            machine.write("/etc/gdm3/custom.conf", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=alice\n")
            machine.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
            machine.write("/opt/google/chrome/chrome", "")
            machine.write(
                "/etc/opt/chrome/policies/managed/countersign.json",
                #"{"LoopbackNetworkAllowedForUrls": ["https://id.example.com"]}"#)
            machine.services(active: ["ufw.service", "intune-agent.service", "intune-daemon.service"])
            machine.listening()
        case "ubuntu-24.04":
            try StorageMachine.lvmOnLUKS.layOut(machine)
            machine.person(in: ["adm", "sudo"])
            machine.gnome("ubuntu:GNOME", idle: 600)
            machine.displayManager("gdm3")
            machine.write("/etc/gdm3/custom.conf", "[daemon]\n")
            machine.write("/etc/ufw/ufw.conf", "ENABLED=no\n")
            machine.services(active: ["ufw.service", "usbguard.service"])
            machine.write("/snap/firefox/current/meta/snap.yaml", "name: firefox\nversion: 143.0-1\n")
            machine.listening(loopback: [631])
        default:
            // A server in a virtual machine.
            machine.plainDisk()
            machine.person(in: ["sudo"])
            machine.consoleSession()
            machine.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
            machine.services(active: ["ufw.service"])
            machine.sshServer(
                "PasswordAuthentication no\nMatch User backup\nPasswordAuthentication yes\n", unit: "ssh.service",
                isActive: true)
            machine.listening(tcp: [22])
        }
    }

    private static func useRPM(_ name: String, _ machine: MachineFixture) throws {
        machine.usb()
        machine.sudo()
        machine.write("/usr/lib/sysimage/rpm/rpmdb.sqlite", "SQLite format 3\0")
        machine.answer(.rpmBrowsers, "rpm 6.0.1\nfirefox 143.0.1\n")
        switch name {
        case "fedora-44-workstation":
            machine.btrfsOnLUKS()
            machine.person(in: ["wheel"])
            machine.accountsService(mode: 0)
            machine.gnome(idle: 300)
            machine.fingerprint()
            machine.temporaryFolders(inMemory: true)
            machine.write("/usr/bin/firefox", "")
            machine.displayManager("gdm")
            machine.write("/etc/gdm/custom.conf", "[daemon]\n")
            machine.firewalld(zone: "FedoraWorkstation", ports: [("1025-65535", "udp"), ("1025-65535", "tcp")])
            machine.sshServer("", isActive: false, isClosed: true)
            machine.services(active: ["auditd.service"])
            machine.listening()
        case "fedora-44-silverblue":
            try StorageMachine.silverblue.layOut(machine)
            machine.person(in: ["wheel"])
            machine.accountsService(mode: 0)
            machine.gnome(idle: 900)
            machine.displayManager("gdm")
            // firewalld runs and does not tell this person of its zone.
            machine.firewalld(zone: "public", ports: nil)
            machine.write("/var/lib/flatpak/app/org.mozilla.firefox/current/active/metadata", "")
            machine.listening()
        case "rhel-9":
            // A server whose administrator uses Puppet.
            machine.plainDisk("xfs")
            machine.answer(.rpmBrowsers, "rpm 4.16.1.3\n")
            machine.person(in: [])
            machine.consoleSession()
            machine.firewalld(zone: "public", ports: [("443", "tcp")])
            machine.sshServer("", isActive: true, isClosed: true)
            machine.services(active: ["auditd.service", "puppet.service"])
            machine.listening(tcp: [22, 443])
        default:
            machine.btrfsOnLUKS()
            machine.person(in: ["wheel"])
            machine.passwordStatus("P")
            machine.environment["XDG_CURRENT_DESKTOP"] = "KDE"
            // The administrator has set a time, and nobody may change how the screen locks.
            machine.write("/etc/xdg/kscreenlockerrc", "[Daemon][$i]\nTimeout=10\n")
            machine.displayManager("plasmalogin")
            machine.services(installed: ["firewalld.service"])
            machine.listening()
        }
    }

    private static func useRolling(_ name: String, _ machine: MachineFixture) throws {
        machine.usb()
        switch name {
        case "arch":
            try StorageMachine.btrfsWithAPlainHalf.layOut(machine)
            machine.sudo()
            machine.person(in: ["wheel", "docker"])
            machine.passwordStatus("P")
            machine.environment["XDG_CURRENT_DESKTOP"] = "COSMIC"
            machine.write("/home/alice/.config/\(CosmicLock.folder)/screen_off_time", "Some(120000)")
            machine.write(
                "/etc/systemd/system/getty@tty1.service.d/autologin.conf",
                "[Service]\nExecStart=\nExecStart=-/usr/bin/agetty --autologin alice %I $TERM\n")
            // All is as new as the lists, which are an hour old.
            try machine.pacman(["firefox-143.0.1-1"], lists: ["core": "firefox-143.0.1-1/\n"], age: 3600)
            machine.listening()
        case "nixos":
            try StorageMachine.impermanence.layOut(machine)
            machine.sudo("/run/wrappers/bin/sudo")
            machine.person(in: ["wheel"])
            machine.passwordStatus("P")
            machine.gnome(idle: 300)
            machine.services(active: ["firewall.service"])
            machine.listening()
        case "steamos":
            try StorageMachine.steamOS.layOut(machine)
            machine.sudo()
            machine.person("deck", in: ["wheel"])
            machine.passwordStatus("NP", of: "deck")
            machine.environment["XDG_CURRENT_DESKTOP"] = "gamescope"
            machine.displayManager("sddm")
            machine.write("/etc/sddm.conf.d/steamos.conf", "[Autologin]\nUser=deck\nSession=gamescope-wayland\n")
            machine.listening(tcp: [27036])
        default:
            // Without systemd.
            machine.plainDisk()
            machine.units = nil
            machine.remove("/run/systemd")
            machine.remove("/sys/fs/cgroup")
            machine.named(1, "init")
            machine.named(300, "sshd")
            machine.person(in: ["wheel"])
            machine.passwordStatus("P")
            machine.write("/etc/doas.conf", "permit persist :wheel\n")
            machine.closedPaths.insert("/etc/doas.conf")
            machine.write("/etc/inittab", "tty1::respawn:/sbin/getty 38400 tty1\n")
            machine.sshServer("PermitRootLogin no\n", isActive: true)
            machine.listening(tcp: [22])
        }
    }

    private static func useContainer(_ machine: MachineFixture) throws {
        machine.person(in: [])
        machine.passwordStatus("L")
        machine.units = nil
        machine.listening(tcp: [8443])
    }

    private static func useWSL(_ machine: MachineFixture) throws {
        machine.person(in: ["sudo"])
        machine.sudo()
        machine.passwordStatus("P")
        machine.listening()
    }

    /// The machines that are about disks: else as Debian 13 is set up.
    private static func useSpecial(_ name: String, _ machine: MachineFixture) throws {
        machine.usb()
        machine.sudo()
        machine.gnome(idle: 300)
        machine.displayManager("gdm3")
        machine.listening()
        let isHomed = name == "homed"
        machine.person(in: ["sudo"], homed: isHomed)
        if isHomed { machine.userID = 60_513 } else { machine.passwordStatus("P") }
        switch name {
        case "lvm-on-luks": try StorageMachine.lvmOnLUKS.layOut(machine)
        case "stick-beside-plain-root": try StorageMachine.stickBesidePlainRoot.layOut(machine)
        case "zfs":
            let answers = (machine.commands as? FixedCommands)?.answers ?? [:]
            try StorageMachine.nativeZFS.layOut(machine)
            let pools = (machine.commands as? FixedCommands)?.answers ?? [:]
            machine.commands = FixedCommands(answers: answers.merging(pools) { $1 })
        case "btrfs-with-a-plain-half": try StorageMachine.btrfsWithAPlainHalf.layOut(machine)
        default: try StorageMachine.homed.layOut(machine)
        }
    }

    /// Machines that are told apart by their disks.
    static let byDisks: [TestMachine] = [
        "lvm-on-luks", "stick-beside-plain-root", "zfs", "btrfs-with-a-plain-half", "homed",
    ].map { name in TestMachine(name: name) { try debian13.layOut($0) } }
}
