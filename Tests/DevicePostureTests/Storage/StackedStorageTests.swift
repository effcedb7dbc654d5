// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Layers between a volume and its disks, each alone; random stacks of them are in `RandomStacksTests`.
@Suite struct StackedStorageTests {
    private func kind(_ machine: MachineFixture) async -> String? {
        await machine.texts(.volumeEncryption)?.first { $0.hasPrefix("/=") }.map { String($0.dropFirst(2)) }
    }

    @Test(
        arguments: [
            ("LUKS1", "LUKS1"), ("LUKS2", "LUKS2"), ("LUKS2-OPAL", "LUKS2-OPAL"), ("PLAIN", "dm-crypt"),
            ("BITLK", "BitLocker"), ("TCRYPT", "VeraCrypt"), ("LOOPAES", "loop-AES"), ("FVAULT2", "FileVault"),
            ("VERITY", "none"), ("INTEGRITY", "none"), ("SUBDEV", "none"),
        ] as [(String, String)])
    func formatIsNamed(format: String, expected: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "r", uuid: "CRYPT-\(format)-1234-r", on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/r")
        #expect(await kind(machine) == expected)
    }

    @Test func membersOfDifferentFormatsAreAllNamed() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "a", uuid: "CRYPT-LUKS1-1-a", on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "b", uuid: "CRYPT-LUKS2-2-b", on: ["sdb"])
        machine.mapped("dm-2", "254:2", label: "vg-r", uuid: StorageMachine.lvm, on: ["dm-1", "dm-0"])
        machine.mount("/", "254:2", "ext4", "/dev/mapper/vg-r")
        #expect(await kind(machine) == "LUKS1+LUKS2")
    }

    /// Whichever part comes first: who follows only the first or the last one is wrong half of the time.
    @Test(arguments: [["dm-0", "sdb"], ["sdb", "dm-0"]] as [[String]])
    func plainPartCountsWhereverItStands(parts: [String]) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "vg-r", uuid: StorageMachine.lvm, on: parts)
        machine.mount("/", "254:1", "ext4", "/dev/mapper/vg-r")
        #expect(await kind(machine) == "none")
    }

    @Test func pathsToOneDiskAreOneDisk() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped(
            "dm-0", "254:0", label: "mpatha", uuid: "mpath-3600508b400105e210000900000490000", on: ["sda", "sdb"])
        machine.mapped("dm-1", "254:1", label: "mpatha-part1", uuid: "part1-mpath-3600508b4", on: ["dm-0"])
        machine.mapped("dm-2", "254:2", label: "root", uuid: StorageMachine.luks, on: ["dm-1"])
        machine.mount("/", "254:2", "ext4", "/dev/mapper/root")
        machine.mount("/srv", "254:1", "ext4", "/dev/mapper/mpatha-part1")
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2", "/srv=none"])
    }

    // MARK: - bcache

    @Test(
        arguments: [
            ("dm-0", ["dm-1"], "LUKS2"), ("dm-0", ["nvme0n1"], "none"), ("sda", ["dm-1"], "none"),
            ("dm-0", [], "LUKS2"),
        ] as [(String, [String], String)])
    func cacheOfABcacheCountsToo(backing: String, caches: [String], expected: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("nvme0n1", "259:0")
        machine.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "b", uuid: StorageMachine.luks, on: ["nvme0n1"])
        machine.bcache("bcache0", "252:0", on: backing, caches: caches)
        machine.mount("/", "252:0", "ext4", "/dev/bcache0")
        #expect(await kind(machine) == expected)
    }

    // MARK: - bcachefs

    @Test(
        arguments: [
            ("1", ["sda"], "bcachefs"), ("0", ["sda"], "none"), ("none [chacha20_poly1305]", ["sda"], "bcachefs"),
            ("[none] chacha20_poly1305", ["sda"], "none"), ("maybe", ["sda"], "unknown"), (nil, ["sda"], "unknown"),
            ("0", ["dm-0"], "LUKS2"), (nil, ["dm-0"], "LUKS2"), ("0", ["dm-0", "sda"], "none"),
            ("", ["sda"], "unknown"),
        ] as [(String?, [String], String)])
    func bcachefsEncryptsOrIsAsGoodAsItsDisks(option: String?, members: [String], expected: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sdb"])
        machine.bcachefs("1d4c", members: members, encrypted: option)
        machine.mount("/", "0:44", "bcachefs", members.map { "/dev/\($0)" }.joined(separator: ":"))
        #expect(await kind(machine) == expected)
    }

    @Test func bcachefsThatShowsNothingIsAsGoodAsItsDisks() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "a", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "0:44", "bcachefs", "/dev/dm-0")
        #expect(await kind(machine) == "LUKS2")
        machine.mount("/", "0:45", "bcachefs", "/dev/dm-0:/dev/sdb")
        #expect(await machine.texts(.volumeEncryption)?.contains("/=unknown") == true)
    }

    // MARK: - Homes

    @Test(
        arguments: [
            ("ecryptfs", "~=eCryptfs"), ("fuse.gocryptfs", "~=gocryptfs"), ("fuse.cryfs", "~=CryFS"),
            ("fuse.encfs", "~=EncFS"), ("fuse.gocryptfs-reverse", "~=unknown"),
        ] as [(String, String)])
    func homeThatIsEncryptedByItsFileSystemIsNamed(fileSystem: String, expected: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount("/home/alice", "0:50", fileSystem, "/home/.ecryptfs/alice/.Private")
        #expect(await machine.texts(.volumeEncryption) == ["/=none", expected].sorted())
    }

    @Test(arguments: ["directory", "subvolume"] as [String])
    func homeOfHomedThatIsOnlyAFolderIsPlain(storage: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount("/home/alice", "8:0", "ext4", "/dev/sda", root: "/home/alice.homedir")
        #expect(await machine.state(.diskEncryptionType) == .known(.string("NONE")))
    }

    @Test func homeOfHomedOnAnotherMachineIsNoVolumeOfThisOne() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/home/alice", "0:60", "cifs", "//server/alice")
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2"])
    }

    // MARK: - Removable media

    @Test(arguments: [("SD", true), ("MMC", false)] as [(String, Bool)])
    func memoryCardIsRemovableAndMemoryThatIsSolderedInIsNot(type: String, isRemovable: Bool) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.card("mmcblk0", "179:0", type: type)
        machine.partition("mmcblk0p1", "179:1", of: "mmcblk0")
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/mnt/card", "179:1", "ext4", "/dev/mmcblk0p1")
        #expect(await machine.texts(.volumeEncryption) == (isRemovable ? ["/=LUKS2"] : ["/=LUKS2", "/mnt/card=none"]))
    }

    @Test func stickOfAKindThatIsNotKnownDoesNotMakeTheMachineUnknown() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.disk("sdb", "8:16", usb: true)
        machine.mapped("dm-1", "254:1", label: "odd", uuid: "ODD-1", on: ["sdb"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/media/alice/Private", "254:1", "ext4", "/dev/mapper/odd")
        #expect(await machine.state(.diskEncryptionType) == .known(.string("ALL_INTERNAL_VOLUMES")))
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2"])
    }

    @Test func imageInAFileOnAStickIsAsRemovableAsTheStick() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16", usb: true)
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.loop("loop0", "7:0", file: "/media/alice/stick/disk.img")
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/media/alice/stick", "8:16", "ext4", "/dev/sdb")
        machine.mount("/mnt", "7:0", "ext4", "/dev/loop0")
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2"])
    }

    // MARK: - Bounds

    /// Each layer rests twice on the one below: who walks every way needs 2^20 steps.
    @Test(.timeLimit(.minutes(1))) func manyWaysToOneDiskAreWalkedOnce() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        var below = ["sda", "sdb"]
        for level in 0..<20 {
            let names = ["md\(level * 2)", "md\(level * 2 + 1)"]
            for (index, name) in names.enumerated() { machine.stacked(name, "9:\(level * 2 + index)", on: below) }
            below = names
        }
        machine.mount("/", "9:38", "ext4", "/dev/md38")
        #expect(await kind(machine) == "none")
    }

    @Test func autofsAloneHoldsNothing() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/home", "0:70", "autofs", "systemd-1")
        #expect(await machine.state(.diskEncryptionType) == .known(.string("ALL_INTERNAL_VOLUMES")))
    }
}
