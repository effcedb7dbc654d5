// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MessageBus
import Testing

@testable import DevicePosture

/// What a machine has when somebody works with it.
extension MachineFixture {
    /// The person's account among those of the system, the groups that the person is in, and what only root may read.
    func person(_ name: String = "alice", in groups: [String], homed: Bool = false) {
        let person = homed ? "" : "\(name):x:1000:1000::/home/\(name):/bin/bash\n"
        write(
            "/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nsshd:x:105:65534::/run/sshd:/usr/sbin/nologin\n\(person)")
        let known = ["adm": 4, "sudo": 27, "wheel": 10, "docker": 990, "lxd": 110, "libvirt": 120, "kvm": 130]
        let lines = known.sorted { $0.value < $1.value }.map { group, number in
            "\(group):x:\(number):\(groups.contains(group) ? name : "")\n"
        }
        write("/etc/group", "root:x:0:\n\(lines.joined())\(homed ? "" : "\(name):x:1000:\n")")
        write("/etc/shadow", "root:*:20000:0:99999:7:::\n")
        closedPaths.insert("/etc/shadow")
    }

    /// sudo, whose rules only root may read.
    func sudo(_ program: String = "/usr/bin/sudo") {
        write(program, "")
        write("/etc/sudoers", "%sudo ALL=(ALL:ALL) ALL\n")
        closedPaths.formUnion(["/etc/sudoers", "/etc/sudoers.d"])
    }

    /// What a command prints.
    func answer(_ command: Command, _ text: String) {
        var fixed = commands as? FixedCommands ?? FixedCommands()
        fixed.answers[command] = .success(Array(text.utf8))
        commands = fixed
    }

    /// The account's password as `passwd -S` tells it.
    func passwordStatus(_ status: String, of name: String = "alice") {
        answer(.accountStatus, "\(name) \(status) 2026-01-01 0 99999 7 -1\n")
    }

    /// The account's password as AccountsService tells it.
    func accountsService(mode: Int64, locked: Bool = false) {
        answers[.account(of: 1000)] = .success(.string(ServiceQuestion.accountPath(of: 1000)))
        answers[.accountProperties(of: 1000)] = .success(
            .dictionary(["PasswordMode": .integer(mode), "Locked": .boolean(locked)]))
    }

    /// GNOME's session, with its settings as gsettings prints them.
    func gnome(_ desktop: String = "GNOME", idle: Int, locks: Bool = true) {
        environment["XDG_CURRENT_DESKTOP"] = desktop
        answer(
            .listSettings(.gnomeScreenSaver),
            "org.gnome.desktop.screensaver lock-enabled \(locks)\norg.gnome.desktop.screensaver lock-delay uint32 0\n")
        answer(.listSettings(.gnomeSession), "org.gnome.desktop.session idle-delay uint32 \(idle)\n")
        answer(.listSettings(.gnomeLockdown), "org.gnome.desktop.lockdown disable-lock-screen false\n")
        answer(.listSettings(.gnomeMediaHandling), "org.gnome.desktop.media-handling automount true\n")
    }

    /// A session on a text console or from elsewhere, as on a server.
    func consoleSession() {
        write("/run/systemd/sessions/3", "UID=1000\nCLASS=user\nTYPE=tty\nREMOTE=1\n")
    }

    /// The display manager that systemd starts.
    func displayManager(_ name: String) {
        write("/usr/lib/systemd/system/\(name).service", "[Service]\nExecStart=/usr/sbin/\(name)\n")
        link("/etc/systemd/system/display-manager.service", to: "/usr/lib/systemd/system/\(name).service")
    }

    /// Units that are active, and such that are installed only.
    func services(active: [String] = [], installed: [String] = []) {
        for unit in active { units?[unit] = ("loaded", "active") }
        for unit in installed { units?[unit] = ("loaded", "inactive") }
    }

    /// Root hubs that let every device be used, and a USB disk's driver that may be loaded.
    func usb(authorized: Int = 1) {
        write("/sys/bus/usb/devices/usb1/authorized_default", "\(authorized)\n")
        try? folder("/etc/modprobe.d")
        try? folder("/usr/lib/modprobe.d")
        try? folder("/usr/bin")
        try? folder("/run/systemd/system")
        try? folder("/sys/fs/cgroup/system.slice/polkit.service")
        var fixed = commands as? FixedCommands ?? FixedCommands()
        fixed.answers[.checkMountingRight] = .success([])
        commands = fixed
    }

    /// A reader of fingerprints that knows a finger, which GNOME's lock asks for.
    func fingerprint() {
        let reader = "/net/reactivated/Fprint/Device/0"
        answers[.fingerprintReader] = .success(.string(reader))
        guard let question = ServiceQuestion.enrolledFingers(reader: reader) else { return }
        answers[question] = .success(.list([.string("right-index-finger")]))
        write("/etc/pam.d/gdm-fingerprint", "auth required pam_fprintd.so\n")
    }

    /// The machine's names, which the firmware tells and the kernel shows to root alone.
    func serialNumbers() {
        write(HardwareIdentityCollector.serialPath, "PF2ABCDE\n")
        write(HardwareIdentityCollector.uuidPath, "4c4c4544-0042-3510-8057-b4c04f4d4e33\n")
        closedPaths.formUnion([HardwareIdentityCollector.serialPath, HardwareIdentityCollector.uuidPath])
    }

    /// `/dev/shm` and, where it is one, `/tmp` as file systems in memory, as systemd mounts them.
    func temporaryFolders(inMemory: Bool) {
        for path in ["/tmp", "/var/tmp", "/dev/shm"] { try? folder(path) }
        mount("/dev/shm", "0:26", "tmpfs", "tmpfs", mountOptions: "rw,nosuid,nodev")
        if inMemory { mount("/tmp", "0:34", "tmpfs", "tmpfs", mountOptions: "rw,nosuid,nodev") }
    }

    /// What the kernel tells of sockets: TCP ports that are listened on, on all addresses or on loopback.
    func listening(tcp ports: [Int] = [], loopback: [Int] = []) {
        let header =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        let lines = (ports.map { ($0, "00000000") } + loopback.map { ($0, "0100007F") }).enumerated().map {
            index, entry in
            let port = String(entry.0, radix: 16, uppercase: true)
            let local = "\(entry.1):\(String(repeating: "0", count: 4 - port.count))\(port)"
            return
                "   \(index): \(local) 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0\n"
        }
        write("/proc/net/tcp", header + lines.joined())
        for name in ["tcp6", "udp", "udp6"] { write("/proc/net/\(name)", header) }
    }

    /// firewalld with a default zone, whose files only root may read; what it tells of the zone where it does.
    func firewalld(zone: String, ports: [(String, String)]?) {
        services(active: ["firewalld.service"])
        write("/etc/firewalld/firewalld.conf", "DefaultZone=\(zone)\n")
        closedPaths.insert("/etc/firewalld")
        answers[.firewalldDefaultZone] = .success(.string(zone))
        guard let ports else { return }
        answers[.firewalldZone(zone)] = .success(
            .dictionary([
                "target": .string("default"), "ports": .list(ports.map { .list([.string($0.0), .string($0.1)]) }),
            ]))
    }

    /// OpenSSH's server and its settings.
    func sshServer(_ settings: String, unit: String = "sshd.service", isActive: Bool, isClosed: Bool = false) {
        write("/usr/sbin/sshd", "")
        write("/etc/ssh/sshd_config", settings)
        if isClosed { closedPaths.insert("/etc/ssh/sshd_config") }
        services(active: isActive ? [unit] : [], installed: isActive ? [] : [unit])
    }

    /// A disk with a partition for the firmware and one that is not encrypted.
    func plainDisk(_ type: String = "ext4") {
        disk("sda", "8:0")
        partition("sda1", "8:1", of: "sda")
        partition("sda2", "8:2", of: "sda")
        mount("/", "8:2", type, "/dev/sda2")
        mount("/boot/efi", "8:1", "vfat", "/dev/sda1")
        hibernation()
    }

    /// A disk whose second half is LUKS with btrfs in it, `/boot` beside it, and compressed memory for swap space.
    func btrfsOnLUKS() {
        disk("nvme0n1", "259:0")
        for number in 1...3 { partition("nvme0n1p\(number)", "259:\(number)", of: "nvme0n1") }
        mapped("dm-0", "252:0", label: "luks-1", uuid: StorageMachine.luks, on: ["nvme0n1p3"])
        btrfs("cc22", members: ["dm-0"])
        stacked("zram0", "251:0", on: [])
        mount("/", "0:35", "btrfs", "/dev/mapper/luks-1", options: "rw,subvol=/root", root: "/root")
        mount("/home", "0:35", "btrfs", "/dev/mapper/luks-1", options: "rw,subvol=/home", root: "/home")
        mount("/boot", "259:2", "ext4", "/dev/nvme0n1p2")
        mount("/boot/efi", "259:1", "vfat", "/dev/nvme0n1p1")
        swap("/dev/zram0")
        hibernation()
    }

    /// What pacman has installed and, of so many seconds ago, what it has fetched of repositories.
    func pacman(_ packages: [String], lists: [String: String], age: Int64) throws {
        write(PacmanUpdates.settings, "[options]\n" + lists.keys.sorted().map { "[\($0)]\n" }.joined())
        write("\(PacmanUpdates.installed)/ALPM_DB_VERSION", "9\n")
        for package in packages { try folder("\(PacmanUpdates.installed)/\(package)") }
        let time = Date(timeIntervalSince1970: Double(now - age))
        for (name, text) in lists {
            let name = try #require(PacmanRepositoryName(name))
            write(name.path, "")
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: root + name.path)
            answer(.listPacmanRepository(name), text)
        }
    }
}
