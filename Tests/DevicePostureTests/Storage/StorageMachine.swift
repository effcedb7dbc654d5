// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// A machine as people have it, and all that is expected of its storage.
struct StorageMachine: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Lays out its disks on a machine that has none yet.
    let layOut: @Sendable (MachineFixture) throws -> Void
    let expected: [SignalName: Expected]

    /// What is expected of a signal.
    enum Expected: Hashable, Sendable {
        case string(String)
        case boolean(Bool)
        case strings([String])
        case unknown
        case notApplicable

        func matches(_ state: SignalState?) -> Bool {
            switch (self, state) {
            case (.string(let text), .known(.string(let other))): text == other
            case (.boolean(let value), .known(.boolean(let other))): value == other
            case (.strings(let texts), .known(.strings(let others))): texts == others
            case (.unknown, .unknown), (.notApplicable, .notApplicable): true
            default: false
            }
        }
    }

    static let luks = "CRYPT-LUKS2-3f2a0e5c9d1b4c7e8a6f5d4c3b2a1908-luks"
    static let lvm = "LVM-Zl0GkRXr8vY6kqNcPq0Xj3x6W1aBcDeFZl0GkRXr8vY6kqNcPq0Xj3x6W1aBcDeF"

    private init(
        _ description: String, type: Expected, volumes: Expected, swap: Expected, swapSpaces: Expected,
        hibernation: Expected, stateFolder: Expected, boot: Expected,
        layOut: @escaping @Sendable (MachineFixture) throws -> Void
    ) {
        testDescription = description
        self.layOut = layOut
        expected = [
            .diskEncryptionType: type, .volumeEncryption: volumes, .swapEncryption: swap, .swapSpaces: swapSpaces,
            .hibernation: hibernation, .stateFolderEncrypted: stateFolder, .bootEncrypted: boot,
        ]
    }

    /// A machine that has nothing but these disks.
    func make() throws -> MachineFixture {
        let machine = try MachineFixture()
        try layOut(machine)
        return machine
    }

    static let all = [
        lvmOnLUKS, stickBesidePlainRoot, nativeZFS, btrfsWithAPlainHalf, homed, container, wsl, steamOS, silverblue,
        impermanence, randomKeySwap, zramOnly, liveImage,
    ]

    static let lvmOnLUKS = StorageMachine(
        "laptop with LVM on LUKS", type: .string("ALL_INTERNAL_VOLUMES"), volumes: .strings(["/=LUKS2"]),
        swap: .boolean(true), swapSpaces: .strings(["partition=LUKS2"]), hibernation: .string("ENCRYPTED"),
        stateFolder: .boolean(true), boot: .boolean(false)
    ) { machine in
        machine.disk("nvme0n1", "259:0")
        for number in 1...3 { machine.partition("nvme0n1p\(number)", "259:\(number)", of: "nvme0n1") }
        machine.mapped("dm-0", "254:0", label: "nvme0n1p3_crypt", uuid: luks, on: ["nvme0n1p3"])
        machine.mapped("dm-1", "254:1", label: "vg-root", uuid: lvm, on: ["dm-0"])
        machine.mapped("dm-2", "254:2", label: "vg-swap", uuid: lvm, on: ["dm-0"])
        machine.mount("/proc", "0:21", "proc", "proc")
        machine.mount("/", "254:1", "ext4", "/dev/mapper/vg-root")
        machine.mount("/boot", "259:2", "ext4", "/dev/nvme0n1p2")
        machine.mount("/boot/efi", "259:1", "vfat", "/dev/nvme0n1p1")
        machine.mount("/tmp", "0:35", "tmpfs", "tmpfs")
        machine.swap("/dev/dm-2")
        machine.hibernation(resume: "254:2")
    }

    static let stickBesidePlainRoot = StorageMachine(
        "encrypted stick beside a plain root", type: .string("NONE"), volumes: .strings(["/=none"]),
        swap: .boolean(false), swapSpaces: .strings(["file=none"]), hibernation: .string("PLAIN"),
        stateFolder: .boolean(false), boot: .boolean(false)
    ) { machine in
        machine.disk("sda", "8:0")
        machine.partition("sda1", "8:1", of: "sda")
        machine.partition("sda2", "8:2", of: "sda")
        machine.disk("sdb", "8:16", usb: true, removable: true)
        machine.mapped("dm-0", "254:0", label: "luks-stick", uuid: luks, on: ["sdb"])
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        machine.mount("/boot/efi", "8:1", "vfat", "/dev/sda1")
        machine.mount("/run/media/alice/Secrets", "254:0", "ext4", "/dev/mapper/luks-stick")
        machine.swap("/swapfile", "file")
        machine.hibernation()
        machine.write("/etc/crypttab", "luks-stick UUID=1 none luks\n")
    }

    static let nativeZFS = StorageMachine(
        "ZFS that encrypts itself", type: .string("ALL_INTERNAL_VOLUMES"),
        volumes: .strings(["/=ZFS", "/home/*=ZFS", "~=ZFS"]), swap: .boolean(true),
        swapSpaces: .strings(["partition=ZFS"]), hibernation: .string("ENCRYPTED"), stateFolder: .boolean(true),
        boot: .boolean(false)
    ) { machine in
        machine.disk("nvme0n1", "259:0")
        for number in 1...3 { machine.partition("nvme0n1p\(number)", "259:\(number)", of: "nvme0n1") }
        machine.stacked("zd0", "230:0", on: [])
        machine.link("/dev/zvol/rpool/swap", to: "../../zd0")
        machine.mount("/", "0:30", "zfs", "rpool/ROOT/debian", options: "rw,xattr,posixacl")
        machine.mount("/home/alice", "0:31", "zfs", "rpool/home/alice")
        machine.mount("/home/bob", "0:32", "zfs", "rpool/home/bob")
        machine.mount("/boot", "0:33", "zfs", "bpool/BOOT/debian")
        machine.swap("/dev/zd0")
        machine.hibernation()
        machine.commands = FixedCommands.zfs(
            datasets: [
                ("bpool/BOOT/debian", "off"), ("rpool/ROOT/debian", "aes-256-gcm"), ("rpool/home/alice", "aes-256-gcm"),
                ("rpool/home/bob", "aes-256-gcm"), ("rpool/swap", "aes-256-gcm"),
            ],
            status: poolStatus("bpool", ["  /dev/nvme0n1p2  ONLINE 0 0 0"])
                + poolStatus("rpool", ["  /dev/nvme0n1p3  ONLINE 0 0 0"]))
    }

    static let btrfsWithAPlainHalf = StorageMachine(
        "btrfs on two devices with one plain", type: .string("NONE"), volumes: .strings(["/=none"]),
        swap: .notApplicable, swapSpaces: .notApplicable, hibernation: .string("OFF"), stateFolder: .boolean(false),
        boot: .boolean(false)
    ) { machine in
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "luks-a", uuid: luks, on: ["sda"])
        machine.btrfs("5b1f2c", members: ["dm-0", "sdb"])
        machine.mount("/", "0:31", "btrfs", "/dev/mapper/luks-a", options: "rw,subvol=/root", root: "/root")
        machine.mount("/home", "0:31", "btrfs", "/dev/mapper/luks-a", options: "rw,subvol=/home", root: "/home")
        machine.hibernation()
    }

    static let homed = StorageMachine(
        "home of systemd-homed on a plain disk", type: .string("USER"), volumes: .strings(["/=none", "~=LUKS2"]),
        swap: .notApplicable, swapSpaces: .notApplicable, hibernation: .string("OFF"), stateFolder: .boolean(true),
        boot: .boolean(false)
    ) { machine in
        machine.disk("sda", "8:0")
        machine.partition("sda2", "8:2", of: "sda")
        machine.loop("loop0", "7:0", file: "/home/alice.home")
        machine.partition("loop0p1", "259:0", of: "loop0")
        machine.mapped("dm-0", "254:0", label: "home-alice", uuid: "CRYPT-LUKS2-3f2a-home-alice", on: ["loop0p1"])
        machine.btrfs("77aa", members: ["dm-0"])
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        machine.mount("/home/alice", "0:51", "btrfs", "/dev/mapper/home-alice", root: "/alice")
        machine.hibernation()
    }

    static let container = StorageMachine(
        "container", type: .notApplicable, volumes: .notApplicable, swap: .notApplicable, swapSpaces: .notApplicable,
        hibernation: .notApplicable, stateFolder: .notApplicable, boot: .notApplicable
    ) { machine in
        machine.disk("sda", "8:0")
        machine.write("/run/.containerenv", "")
        machine.mount("/", "0:45", "overlay", "overlay", options: "rw,lowerdir=/l,upperdir=/u,workdir=/w")
        machine.mount("/etc/hosts", "8:0", "ext4", "/dev/sda", root: "/var/lib/containers/hosts")
    }

    static let wsl = StorageMachine(
        "WSL2", type: .unknown, volumes: .unknown, swap: .unknown, swapSpaces: .unknown, hibernation: .unknown,
        stateFolder: .unknown, boot: .unknown
    ) { machine in
        machine.write("/proc/sys/kernel/osrelease", "5.15.153.1-microsoft-standard-WSL2\n")
        machine.disk("sdc", "8:32")
        machine.mount("/", "8:32", "ext4", "/dev/sdc", options: "rw,discard")
        machine.mount("/mnt/c", "0:60", "9p", "C:\\134")
    }

    static let steamOS = StorageMachine(
        "SteamOS", type: .string("NONE"), volumes: .strings(["/etc=none", "/home=none", "/var=none"]),
        swap: .boolean(true),
        swapSpaces: .strings(["zram=memory"]), hibernation: .string("OFF"), stateFolder: .boolean(false),
        boot: .boolean(false)
    ) { machine in
        machine.home = "/home/deck"
        try machine.folder("/home/deck")
        machine.disk("nvme0n1", "259:0")
        for number in 1...8 { machine.partition("nvme0n1p\(number)", "259:\(number)", of: "nvme0n1") }
        machine.card("mmcblk0", "179:0", type: "SD")
        machine.partition("mmcblk0p1", "179:1", of: "mmcblk0")
        machine.stacked("zram0", "253:0", on: [])
        machine.btrfs("aa11", members: ["nvme0n1p4"])
        machine.mount("/", "0:20", "btrfs", "/dev/nvme0n1p4", options: "ro,subvol=/")
        machine.mount("/var", "259:6", "ext4", "/dev/nvme0n1p6")
        machine.mount(
            "/etc", "0:40", "overlay", "overlay",
            options: "rw,lowerdir=/sysroot/etc,upperdir=/sysroot/var/lib/overlays/etc/upper")
        machine.mount("/home", "259:8", "ext4", "/dev/nvme0n1p8", options: "rw,casefold")
        machine.mount("/efi", "259:1", "vfat", "/dev/nvme0n1p1")
        machine.mount("/run/media/deck/Games", "179:1", "ext4", "/dev/mmcblk0p1")
        machine.swap("/dev/zram0")
        machine.hibernation()
    }

    static let silverblue = StorageMachine(
        "Silverblue", type: .string("ALL_INTERNAL_VOLUMES"), volumes: .strings(["/etc=LUKS2"]), swap: .boolean(true),
        swapSpaces: .strings(["zram=memory"]), hibernation: .string("OFF"), stateFolder: .boolean(true),
        boot: .boolean(false)
    ) { machine in
        machine.remove("/home")
        try machine.folder("/var/home/alice")
        machine.link("/home", to: "var/home")
        machine.disk("nvme0n1", "259:0")
        for number in 1...3 { machine.partition("nvme0n1p\(number)", "259:\(number)", of: "nvme0n1") }
        machine.mapped("dm-0", "252:0", label: "luks-1", uuid: luks, on: ["nvme0n1p3"])
        machine.btrfs("cc22", members: ["dm-0"])
        machine.stacked("zram0", "251:0", on: [])
        machine.write("/run/ostree-booted", "")
        let luksRoot = "/dev/mapper/luks-1"
        machine.mount("/", "0:33", "overlay", "composefs", options: "ro,lowerdir=/run/ostree/.private/cfsroot-lower")
        machine.mount("/etc", "0:35", "btrfs", luksRoot, options: "rw,subvol=/root", root: "/root/ostree/etc")
        machine.mount("/sysroot", "0:35", "btrfs", luksRoot, options: "rw,subvol=/root", root: "/root")
        machine.mount("/var", "0:35", "btrfs", luksRoot, options: "rw,subvol=/var", root: "/var")
        machine.mount("/var/home", "0:35", "btrfs", luksRoot, options: "rw,subvol=/home", root: "/home")
        machine.mount("/boot", "259:2", "ext4", "/dev/nvme0n1p2")
        machine.mount("/boot/efi", "259:1", "vfat", "/dev/nvme0n1p1")
        machine.swap("/dev/zram0")
        machine.hibernation()
    }

    static let impermanence = StorageMachine(
        "NixOS whose root is in memory", type: .string("ALL_INTERNAL_VOLUMES"), volumes: .strings(["/nix=LUKS1"]),
        swap: .notApplicable, swapSpaces: .notApplicable, hibernation: .string("OFF"), stateFolder: .boolean(true),
        boot: .boolean(false)
    ) { machine in
        machine.disk("nvme0n1", "259:0")
        machine.partition("nvme0n1p1", "259:1", of: "nvme0n1")
        machine.partition("nvme0n1p2", "259:2", of: "nvme0n1")
        machine.mapped("dm-0", "254:0", label: "enc", uuid: "CRYPT-LUKS1-3f2a-enc", on: ["nvme0n1p2"])
        machine.btrfs("dd33", members: ["dm-0"])
        machine.mount("/", "0:25", "tmpfs", "none", options: "rw,size=2097152k,mode=755")
        machine.mount("/nix", "0:30", "btrfs", "/dev/mapper/enc", options: "rw,subvol=/nix", root: "/nix")
        machine.mount("/persist", "0:30", "btrfs", "/dev/mapper/enc", options: "rw,subvol=/persist", root: "/persist")
        machine.mount(
            "/var/log", "0:30", "btrfs", "/dev/mapper/enc", options: "rw,subvol=/persist", root: "/persist/log")
        machine.mount("/home", "0:30", "btrfs", "/dev/mapper/enc", options: "rw,subvol=/home", root: "/home")
        machine.mount("/boot", "259:1", "vfat", "/dev/nvme0n1p1")
        machine.hibernation()
    }

    static let randomKeySwap = StorageMachine(
        "plain root with swap under a random key", type: .string("NONE"), volumes: .strings(["/=none"]),
        swap: .boolean(true), swapSpaces: .strings(["partition=dm-crypt"]), hibernation: .string("ENCRYPTED"),
        stateFolder: .boolean(false), boot: .boolean(false)
    ) { machine in
        machine.disk("sda", "8:0")
        machine.partition("sda2", "8:2", of: "sda")
        machine.partition("sda3", "8:3", of: "sda")
        machine.mapped("dm-0", "254:0", label: "swap", uuid: "CRYPT-PLAIN-swap", on: ["sda3"])
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        machine.swap("/dev/dm-0")
        machine.hibernation()
        machine.write("/etc/crypttab", "swap /dev/sda3 /dev/urandom swap\n")
    }

    static let zramOnly = StorageMachine(
        "encrypted root, compressed memory as swap space, kernel locked down", type: .string("ALL_INTERNAL_VOLUMES"),
        volumes: .strings(["/=LUKS2"]), swap: .boolean(true), swapSpaces: .strings(["zram=memory"]),
        hibernation: .string("OFF"), stateFolder: .boolean(true), boot: .boolean(true)
    ) { machine in
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: luks, on: ["sda"])
        machine.stacked("zram0", "253:0", on: [])
        machine.mount("/", "254:0", "xfs", "/dev/mapper/root")
        machine.swap("/dev/zram0")
        machine.hibernation(states: "freeze mem")
    }

    static let liveImage = StorageMachine(
        "live image that writes to memory", type: .unknown, volumes: .unknown, swap: .notApplicable,
        swapSpaces: .notApplicable, hibernation: .string("OFF"), stateFolder: .boolean(true), boot: .unknown
    ) { machine in
        machine.disk("sr0", "11:0", removable: true)
        machine.loop("loop0", "7:0", file: "/run/live/medium/live/filesystem.squashfs")
        machine.mount("/run/live/medium", "11:0", "iso9660", "/dev/sr0", options: "ro")
        machine.mount("/run/live/rootfs", "7:0", "squashfs", "/dev/loop0", options: "ro")
        machine.mount("/run/live/overlay", "0:28", "tmpfs", "tmpfs")
        machine.mount(
            "/", "0:29", "overlay", "overlay", options: "rw,lowerdir=/run/live/rootfs,upperdir=/run/live/overlay/rw")
        machine.hibernation()
    }
}
