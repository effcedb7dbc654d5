// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Testing

@testable import DevicePosture

/// The same trees of files read by `lsblk --sysroot` of util-linux: where both differ, it is listed who is right.
///
/// What lsblk says of a volume is taken as people take it: encrypted if on every way from a disk to it a device of type `crypt`
/// is passed.
@Suite(.enabled(if: ForeignTool.lsblk.isInstalled, "needs lsblk of util-linux"))
struct LsblkComparisonTests {
    /// A volume of which lsblk and the collector say different things.
    struct Divergence: Hashable, CustomStringConvertible {
        let machine: String
        let mountPoint: String
        let lsblk: String
        let ours: String

        var description: String { "\(machine), \(mountPoint): lsblk \(lsblk), here \(ours)" }
    }

    /// All of them. In each the collector is right.
    private static let known: Set<Divergence> = [
        // lsblk shows one of a btrfs' devices, the one that the mount names; the data may lie on the other.
        Divergence(machine: "btrfs on two devices with one plain", mountPoint: "/", lsblk: "encrypted", ours: "plain"),
        Divergence(
            machine: "btrfs on two devices with one plain", mountPoint: "/home", lsblk: "encrypted", ours: "plain"),
        // lsblk's type is the first word of the uuid, and cryptsetup names checksums `CRYPT-…` as well.
        Divergence(machine: "dm-verity", mountPoint: "/", lsblk: "encrypted", ours: "plain"),
        Divergence(machine: "dm-integrity", mountPoint: "/", lsblk: "encrypted", ours: "plain"),
        // A loop device has no devices below it; its file lies on a volume that is encrypted.
        Divergence(machine: "file on an encrypted volume", mountPoint: "/srv/image", lsblk: "plain", ours: "encrypted"),
        // A cache set is not among the devices below a bcache where the kernel links it elsewhere.
        Divergence(machine: "bcache with a plain cache", mountPoint: "/", lsblk: "encrypted", ours: "plain"),
        // Memory is no disk.
        Divergence(machine: "compressed memory", mountPoint: "/var/tmp", lsblk: "plain", ours: "memory"),
        // lsblk knows devices of blocks alone; ZFS and overlays have none.
        Divergence(machine: "ZFS that encrypts itself", mountPoint: "/", lsblk: "not shown", ours: "encrypted"),
        Divergence(
            machine: "ZFS that encrypts itself", mountPoint: "/home/alice", lsblk: "not shown", ours: "encrypted"),
        Divergence(machine: "ZFS that encrypts itself", mountPoint: "/home/bob", lsblk: "not shown", ours: "encrypted"),
        Divergence(machine: "ZFS that encrypts itself", mountPoint: "/boot", lsblk: "not shown", ours: "plain"),
        Divergence(machine: "SteamOS", mountPoint: "/etc", lsblk: "not shown", ours: "plain"),
    ]

    @Test func bothSayTheSameButForWhatIsListed() async throws {
        var found: Set<Divergence> = []
        var agreed = 0
        for (name, make) in Self.machines {
            let machine = try make()
            let theirs = try await Self.verdicts(ofLsblkBelow: machine.root)
            let table = try MountTable(parsing: try machine.system.read(MountTable.path))
            let zfs = await ZFSReport(asking: machine.system)
            let tree = BlockDeviceTree(system: machine.system, mounts: table, zfs: zfs)
            for mount in table.mounts where Self.isOnADisk(mount) {
                let ours = Self.word(tree.storage(of: mount).protection)
                let lsblk = theirs[mount.mountPoint] ?? "not shown"
                if ours == lsblk {
                    agreed += 1
                } else {
                    found.insert(Divergence(machine: name, mountPoint: mount.mountPoint, lsblk: lsblk, ours: ours))
                }
            }
        }
        #expect(found.subtracting(Self.known) == [])
        #expect(Self.known.subtracting(found) == [])
        #expect(agreed >= 30)
    }

    /// What has a block device, or is one of the file systems that this is about.
    private static func isOnADisk(_ mount: Mount) -> Bool {
        let isOverlay = mount.fileSystem == "overlay" && mount.isWritable && mount.mountPoint != "/"
        return mount.device.major != 0 || ["btrfs", "zfs", "bcachefs"].contains(mount.fileSystem) || isOverlay
    }

    private static func word(_ protection: Protection) -> String {
        switch protection {
        case .encrypted: "encrypted"
        case .plain: "plain"
        case .volatile: "memory"
        case .unknown: "unknown"
        }
    }

    // MARK: - lsblk

    private struct Listing: Decodable {
        let blockdevices: [Device]
    }

    private struct Device: Decodable {
        let type: String
        let mountpoints: [String?]
        let children: [Device]?
    }

    /// What lsblk says of each mount point; a device that is shown below several is passed on each of these ways.
    private static func verdicts(ofLsblkBelow root: String) async throws -> [String: String] {
        let output = try await ForeignTool.lsblk.output([
            "--sysroot", root, "--json", "--all", "--output", "NAME,TYPE,MOUNTPOINTS",
        ])
        var verdicts: [String: String] = [:]
        func walk(_ device: Device, passedEncryption: Bool) {
            let isEncrypted = passedEncryption || device.type == "crypt"
            for case .some(let point) in device.mountpoints where verdicts[point] != "plain" {
                verdicts[point] = isEncrypted ? "encrypted" : "plain"
            }
            for child in device.children ?? [] { walk(child, passedEncryption: isEncrypted) }
        }
        let listing = try JSONDecoder().decode(Listing.self, from: Data(output))
        for device in listing.blockdevices { walk(device, passedEncryption: false) }
        return verdicts
    }

    // MARK: - Machines

    private static var machines: [(String, @Sendable () throws -> MachineFixture)] {
        StorageMachine.all.filter { !["container", "WSL2"].contains($0.testDescription) }
            .map { ($0.testDescription, $0.make) } + stacks
    }

    private static func stack(
        _ name: String, _ build: @escaping @Sendable (MachineFixture) -> Void
    ) -> (String, @Sendable () throws -> MachineFixture) {
        let make: @Sendable () throws -> MachineFixture = {
            let machine = try MachineFixture()
            machine.disk("sda", "8:0")
            machine.disk("sdb", "8:16")
            build(machine)
            return machine
        }
        return (name, make)
    }

    private static let stacks: [(String, @Sendable () throws -> MachineFixture)] = [
        stack("dm-verity") {
            $0.mapped("dm-0", "254:0", label: "root", uuid: "CRYPT-VERITY-ab-root", on: ["sda"])
            $0.mount("/", "254:0", "ext4", "/dev/mapper/root")
        },
        stack("dm-integrity") {
            $0.mapped("dm-0", "254:0", label: "root", uuid: "CRYPT-INTEGRITY-ab-root", on: ["sda"])
            $0.mount("/", "254:0", "ext4", "/dev/mapper/root")
        },
        stack("volume over an encrypted and a plain disk") {
            $0.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sda"])
            $0.mapped("dm-1", "254:1", label: "vg-root", uuid: StorageMachine.lvm, on: ["dm-0", "sdb"])
            $0.mount("/", "254:1", "ext4", "/dev/mapper/vg-root")
        },
        stack("mirror of encrypted disks, with partitions") {
            $0.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sda"])
            $0.mapped("dm-1", "254:1", label: "b", uuid: StorageMachine.luks, on: ["sdb"])
            $0.stacked("md0", "9:0", on: ["dm-0", "dm-1"])
            $0.partition("md0p1", "259:0", of: "md0")
            $0.mount("/", "259:0", "ext4", "/dev/md0p1")
        },
        stack("encrypted mirror") {
            $0.stacked("md0", "9:0", on: ["sda", "sdb"])
            $0.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["md0"])
            $0.mount("/", "254:0", "ext4", "/dev/mapper/root")
            $0.mount("/srv", "9:0", "ext4", "/dev/md0")
        },
        stack("multipath") {
            $0.mapped("dm-0", "254:0", label: "mpatha", uuid: "mpath-36005", on: ["sda", "sdb"])
            $0.mapped("dm-1", "254:1", label: "mpatha1", uuid: "part1-mpath-36005", on: ["dm-0"])
            $0.mapped("dm-2", "254:2", label: "root", uuid: StorageMachine.luks, on: ["dm-1"])
            $0.mount("/", "254:2", "ext4", "/dev/mapper/root")
            $0.mount("/srv", "254:1", "ext4", "/dev/mapper/mpatha1")
        },
        stack("file on an encrypted volume") {
            $0.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
            $0.loop("loop0", "7:0", file: "/srv/image.raw")
            $0.mount("/", "254:0", "ext4", "/dev/mapper/root")
            $0.mount("/srv/image", "7:0", "ext4", "/dev/loop0")
        },
        stack("bcache with a plain cache") {
            $0.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sda"])
            $0.bcache("bcache0", "252:0", on: "dm-0", caches: ["sdb"])
            $0.mount("/", "252:0", "ext4", "/dev/bcache0")
        },
        stack("compressed memory") {
            $0.stacked("zram1", "253:1", on: [])
            $0.mount("/", "8:0", "ext4", "/dev/sda")
            $0.mount("/var/tmp", "253:1", "ext2", "/dev/zram1")
        },
        stack("odd names") {
            $0.mapped("dm-0", "254:0", label: "root_crypt", uuid: StorageMachine.lvm, on: ["sda"])
            $0.mapped("dm-1", "254:1", label: "plain", uuid: "CRYPT-LUKS1-ab-plain", on: ["sdb"])
            $0.mount("/", "254:0", "ext4", "/dev/mapper/root_crypt")
            $0.mount("/mnt/a\\040b", "254:1", "ext4", "/dev/mapper/plain")
        },
    ]
}
