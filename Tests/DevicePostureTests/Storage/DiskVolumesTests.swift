// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Which volumes count, and what cannot be told.
@Suite struct DiskVolumesTests {
    private let luks = "CRYPT-LUKS2-3f2a0e5c9d1b4c7e8a6f5d4c3b2a1908-luks-root"

    private func type(_ machine: MachineFixture) async -> DiskEncryptionType? {
        guard case .known(.string(let text)) = await machine.state(.diskEncryptionType) else { return nil }
        return DiskEncryptionType(rawValue: text)
    }

    private func isUnknown(_ machine: MachineFixture) async -> Bool {
        await machine.state(.diskEncryptionType)?.isUnknown == true
    }

    /// An encrypted root on sda, and a second disk sdb.
    private func machine(home: Bool = false) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: luks, on: ["sda"])
        machine.disk("sdb", "8:16")
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        return machine
    }

    // MARK: - Classes

    @Test func plainHomeBesideEncryptedRootIsTheSystemVolumeOnly() async throws {
        let machine = try machine()
        machine.mount("/home", "8:16", "ext4", "/dev/sdb")
        #expect(await type(machine) == .systemVolume)
    }

    @Test func plainSwapBesideEncryptedRootIsTheSystemVolumeOnly() async throws {
        let machine = try machine()
        machine.swap("/dev/sdb")
        #expect(await type(machine) == .systemVolume)
    }

    @Test func plainVarBesideEncryptedRootLeavesTheUsersOnly() async throws {
        let machine = try machine()
        machine.mount("/var", "8:16", "ext4", "/dev/sdb")
        #expect(await type(machine) == .user)
    }

    @Test(arguments: ["/home", "/home/alice"] as [String])
    func encryptedHomeBesidePlainRootIsTheUsersOnly(point: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "home", uuid: luks, on: ["sdb"])
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount(point, "254:0", "ext4", "/dev/mapper/home")
        #expect(await type(machine) == .user)
    }

    @Test(arguments: ["ecryptfs", "fuse.gocryptfs"] as [String])
    func homeThatIsEncryptedByItsFileSystemIsTheUsersOnly(fileSystem: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount("/home/alice", "0:50", fileSystem, "/home/.ecryptfs/alice/.Private")
        #expect(await type(machine) == .user)
    }

    @Test func anotherPersonsEncryptedHomeDoesNotCount() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "home-bob", uuid: luks, on: ["sdb"])
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount("/home/bob", "254:0", "ext4", "/dev/mapper/home-bob")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test(
        arguments: [
            ([Protection.encrypted], Protection.encrypted, Protection.encrypted, DiskEncryptionType.allInternalVolumes),
            ([.encrypted, .plain], .encrypted, .plain, .systemVolume),
            ([.encrypted, .plain], .encrypted, .encrypted, .systemVolume),
            ([.plain, .encrypted], .plain, .encrypted, .user), ([.plain], .plain, .plain, .none),
            ([.plain], nil, nil, .none),
        ] as [([Protection], Protection?, Protection?, DiskEncryptionType)])
    func classifies(counted: [Protection], system: Protection?, home: Protection?, expected: DiskEncryptionType) {
        #expect(
            DiskEncryption.classify(counted: counted, system: system, home: home)
                == .known(.string(expected.rawValue)))
    }

    @Test(
        arguments: [
            ([Protection.unknown("r")], nil, nil), ([.encrypted, .unknown("r")], .encrypted, .encrypted),
            ([.plain, .unknown("r")], .plain, .plain), ([], nil, nil), ([.plain], .plain, .unknown("r")),
        ] as [([Protection], Protection?, Protection?)])
    func isUnknownWhereAnythingThatCountsIs(counted: [Protection], system: Protection?, home: Protection?) {
        #expect(DiskEncryption.classify(counted: counted, system: system, home: home).isUnknown)
    }

    @Test(
        arguments: [
            ([Protection.encrypted, .encrypted], Protection.encrypted), ([.encrypted, .plain], .plain),
            ([.plain, .unknown("r")], .plain),
            ([.unknown("r"), .plain], .plain), ([.encrypted, .unknown("r")], .unknown("r")),
            ([.unknown("r"), .encrypted], .unknown("r")),
            ([.volatile, .encrypted], .encrypted), ([.volatile], .volatile), ([.volatile, .plain], .plain),
        ] as [([Protection], Protection)])
    func partsTogetherAreAsGoodAsTheWorst(parts: [Protection], expected: Protection) {
        #expect(Protection.all(parts) == expected)
        #expect(Protection.all(parts.reversed()) == expected)
    }

    @Test func nothingIsNotEncrypted() {
        #expect(Protection.all([]) != .encrypted)
    }

    // MARK: - What counts

    @Test(arguments: ["/boot", "/boot/efi", "/efi"] as [String])
    func startPartitionsDoNotCount(point: String) async throws {
        let machine = try machine()
        machine.mount(point, "8:16", "vfat", "/dev/sdb")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test(arguments: ["squashfs", "erofs", "iso9660"] as [String])
    func imagesDoNotCount(fileSystem: String) async throws {
        let machine = try machine()
        machine.loop("loop3", "7:3", file: "/srv/core.snap")
        machine.mount("/snap/core/1", "7:3", fileSystem, "/dev/loop3", options: "ro")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test(arguments: [(true, false), (false, true), (true, true)] as [(Bool, Bool)])
    func plainExternalDisksDoNotCount(usb: Bool, removable: Bool) async throws {
        let machine = try machine()
        machine.disk("sdc", "8:32", usb: usb, removable: removable)
        machine.partition("sdc1", "8:33", of: "sdc")
        machine.mount("/media/alice/photos", "8:33", "vfat", "/dev/sdc1")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test func nameOfAnExternalDiskIsNotReported() async throws {
        let machine = try machine()
        machine.disk("sdc", "8:32", usb: true)
        machine.mount("/media/alice/private", "8:32", "vfat", "/dev/sdc")
        machine.mount("/home/alice", "8:16", "ext4", "/dev/sdb")
        let reading = await PostureCollector(system: machine.system).snapshot(of: [.diskEncryptionType])[
            .diskEncryptionType]
        let text = (reading?.evidence ?? []).joined(separator: "\n")
        #expect(!text.contains("private") && !text.contains("alice"))
        #expect(text.contains("~ (ext4): not encrypted (sdb)"))
    }

    @Test func systemOnAPlainStickCounts() async throws {
        let machine = try MachineFixture()
        machine.disk("sdc", "8:32", usb: true, removable: true)
        machine.mount("/", "8:32", "ext4", "/dev/sdc")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func plainInternalDataDiskCounts() async throws {
        let machine = try machine()
        machine.mount("/srv/data", "8:16", "xfs", "/dev/sdb")
        #expect(await type(machine) == .systemVolume)
    }

    @Test func aDiskThatIsMountedReadOnlyHereButWritableElsewhereCounts() async throws {
        let machine = try machine()
        machine.write(
            "/proc/self/mountinfo",
            """
            22 1 254:0 / / rw - ext4 /dev/mapper/root rw
            23 1 8:16 / /srv ro,relatime - ext4 /dev/sdb rw

            """)
        #expect(await type(machine) == .systemVolume)
    }

    @Test func partsOfAnXfsOnOtherDisksCount() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "root", uuid: luks, on: ["sda"])
        machine.mount("/", "254:0", "xfs", "/dev/mapper/root", options: "rw,logdev=/dev/sdb")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func fileSystemInAFileIsAsGoodAsTheFilesVolume() async throws {
        let machine = try machine()
        machine.loop("loop0", "7:0", file: "/var/lib/disk.img (deleted)")
        machine.mount("/mnt", "7:0", "ext4", "/dev/loop0")
        #expect(await type(machine) == .allInternalVolumes)
        machine.mount("/var", "8:16", "ext4", "/dev/sdb")
        machine.mount("/home", "8:32", "ext4", "/dev/sdc")
        machine.disk("sdc", "8:32")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func homeInAFileOnAPlainDiskIsPlain() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.loop("loop0", "7:0", file: "/root.img")
        machine.mount("/home/alice", "7:0", "ext4", "/dev/loop0")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    // MARK: - Swap and hibernation

    @Test(
        arguments: [
            ("none", DiskEncryptionType?.some(.allInternalVolumes)), ("/dev/sdb", .systemVolume),
            ("/dev/mapper/root", .allInternalVolumes), ("/dev/gone", nil),
        ] as [(String, DiskEncryptionType?)])
    func compressedMemoryIsVolatileUnlessItIsWrittenBack(backing: String, expected: DiskEncryptionType?) async throws {
        let machine = try machine()
        machine.stacked("zram0", "253:0", on: [])
        machine.write("/sys/devices/virtual/block/zram0/backing_dev", backing + "\n")
        machine.swap("/dev/zram0")
        #expect(await type(machine) == expected)
    }

    @Test func swapFileIsAsGoodAsItsVolume() async throws {
        let machine = try machine()
        machine.swap("/swap\\040file", "file")
        #expect(await type(machine) == .allInternalVolumes)
        machine.mount("/data", "8:16", "ext4", "/dev/sdb")
        machine.swap("/data/swap", "file")
        #expect(await type(machine) == .systemVolume)
    }

    @Test(arguments: ["resume=/dev/sdb", "resume=8:16", "resume=UUID=1234-ab"] as [String])
    func plainDeviceForHibernationCounts(option: String) async throws {
        let machine = try machine()
        machine.link("/dev/disk/by-uuid/1234-ab", to: "../../sdb")
        machine.write("/proc/cmdline", "quiet \(option)\n")
        #expect(await type(machine) == .systemVolume)
        machine.write("/proc/cmdline", "quiet \(option) noresume\n")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test func unknownSwapIsUnknown() async throws {
        let machine = try machine()
        machine.swap("/dev/sdz")
        #expect(await isUnknown(machine))
    }

    // MARK: - What cannot be told

    @Test(
        arguments: [
            ("zfs", "0:40", "rpool/ROOT/debian"), ("nfs4", "0:41", "server:/root"), ("9p", "0:42", "root"),
            ("virtiofs", "0:43", "root"), ("bcachefs", "0:44", "/dev/sdb"), ("overlay", "0:45", "overlay"),
            ("rootfs", "0:2", "rootfs"),
            ("ext4", "8:99", "/dev/sdz9"), ("btrfs", "0:46", "/dev/root"), ("fuse.unionfs", "0:47", "u"),
        ] as [(String, String, String)])
    func rootOnSomethingThatIsNotSeenIsUnknown(type: String, number: String, source: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sdb", "8:16")
        machine.mount("/", number, type, source)
        #expect(await isUnknown(machine))
    }

    @Test(arguments: ["nbd0", "rbd0", "drbd1", "zd16"] as [String])
    func deviceWithHiddenPartsIsUnknown(name: String) async throws {
        let machine = try machine()
        machine.stacked(name, "43:0", on: [])
        machine.mount("/srv", "43:0", "ext4", "/dev/\(name)")
        #expect(await isUnknown(machine))
    }

    @Test(
        arguments: [
            "garbage\n", "22 1 8:2 / / rw\n", "22 1 x:2 / / rw - ext4 /dev/sda2 rw\n", "",
            "22 1 254:0 / / rw - ext4 a rw\nhalf a li",
        ] as [String])
    func mountTableThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try machine()
        machine.write("/proc/self/mountinfo", text)
        #expect(await isUnknown(machine))
    }

    @Test func missingMountTableIsUnknown() async throws {
        let machine = try machine()
        machine.remove("/proc/self/mountinfo")
        #expect(await isUnknown(machine))
    }

    @Test func swapTableThatIsNotUnderstoodIsUnknown() async throws {
        let machine = try machine()
        machine.write("/proc/swaps", "Filename Type\n/dev/sdb mystery 1 2 3\n")
        #expect(await isUnknown(machine))
    }

    @Test func missingUuidOfAMappedDeviceIsUnknown() async throws {
        let machine = try machine()
        machine.remove("/sys/devices/virtual/block/dm-0/dm/uuid")
        #expect(await isUnknown(machine))
    }

    @Test func devicesInACircleAreUnknown() async throws {
        let machine = try MachineFixture()
        machine.stacked("md0", "9:0", on: [])
        machine.link("/sys/devices/virtual/block/md0/slaves/md0", to: "..")
        machine.remove("/sys/devices/virtual/block/md0/slaves/md0")
        machine.link("/sys/devices/virtual/block/md0/slaves/md0", to: "../../md0")
        machine.mount("/", "9:0", "ext4", "/dev/md0")
        #expect(await isUnknown(machine))
    }

    @Test func rootInMemoryWithNothingElseIsUnknown() async throws {
        let machine = try MachineFixture()
        machine.mount("/", "0:30", "tmpfs", "tmpfs")
        #expect(await isUnknown(machine))
    }

    @Test func rootInMemoryIsJudgedByItsLastingVolumes() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "persist", uuid: luks, on: ["sda"])
        machine.mount("/", "0:30", "tmpfs", "tmpfs")
        machine.mount("/nix", "254:0", "ext4", "/dev/mapper/persist")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test func readOnlyImageAsRootIsJudgedByItsLastingVolumes() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "luks", uuid: luks, on: ["sda"])
        machine.mount("/", "0:30", "overlay", "composefs", options: "ro,lowerdir=/run/x::/sysroot/ostree")
        machine.mount("/sysroot", "254:0", "xfs", "/dev/mapper/luks")
        machine.mount("/var", "254:0", "xfs", "/dev/mapper/luks", root: "/ostree/var")
        #expect(await type(machine) == .allInternalVolumes)
    }

    // MARK: - Confinement

    @Test func containerSeesNoDisks() async throws {
        let machine = try machine()
        machine.write("/.dockerenv", "")
        machine.write("/proc/self/mountinfo", "22 1 0:45 / / rw - overlay overlay rw,upperdir=/var/lib/docker/1\n")
        #expect(await machine.state(.diskEncryptionType)?.isNotApplicable == true)
        machine.write("/proc/self/mountinfo", "22 1 254:0 /var/lib/docker/vfs/1 / rw - ext4 /dev/mapper/root rw\n")
        #expect(await machine.state(.diskEncryptionType)?.isNotApplicable == true)
    }

    @Test func virtualMachineThatWasMadeFromAContainerImageIsNoContainer() async throws {
        let machine = try machine()
        machine.write("/.dockerenv", "")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test(arguments: ["/run/systemd/container", "/run/host/container-manager"] as [String])
    func containerManagersNameThemselves(path: String) async throws {
        let machine = try machine()
        machine.write(path, "lxc\n")
        #expect(await machine.state(.diskEncryptionType)?.isNotApplicable == true)
    }

    @Test func sandboxAndWindowsHostHideTheDisks() async throws {
        let sandbox = try machine()
        sandbox.write("/.flatpak-info", "[Application]\n")
        #expect(await isUnknown(sandbox))
        let windows = try machine()
        windows.write("/proc/sys/kernel/osrelease", "5.15.153.1-microsoft-standard-WSL2\n")
        #expect(await isUnknown(windows))
    }
}
