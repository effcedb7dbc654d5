// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Machines that others are wrong about are among these; see the names.
@Suite struct DiskEncryptionTests {
    private let luks = "CRYPT-LUKS2-3f2a0e5c9d1b4c7e8a6f5d4c3b2a1908-luks-root"
    private let lvm = "LVM-Zl0GkRXr8vY6kqNcPq0Xj3x6W1aBcDeFZl0GkRXr8vY6kqNcPq0Xj3x6W1aBcDeF"

    private func type(_ machine: MachineFixture) async -> DiskEncryptionType? {
        guard case .known(.string(let text)) = await machine.state(.diskEncryptionType) else { return nil }
        return DiskEncryptionType(rawValue: text)
    }

    /// A disk with a plain root.
    private func plainMachine() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.partition("sda1", "8:1", of: "sda")
        machine.partition("sda2", "8:2", of: "sda")
        machine.mount("/", "8:2", "ext4", "/dev/sda2", options: "rw,errors=remount-ro")
        machine.mount("/boot/efi", "8:1", "vfat", "/dev/sda1")
        return machine
    }

    /// LUKS on a partition, LVM in it, root and swap in that: what Debian's and Ubuntu's installers make.
    private func encryptedMachine() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("nvme0n1", "259:0")
        machine.partition("nvme0n1p1", "259:1", of: "nvme0n1")
        machine.partition("nvme0n1p2", "259:2", of: "nvme0n1")
        machine.partition("nvme0n1p3", "259:3", of: "nvme0n1")
        machine.mapped("dm-0", "254:0", label: "nvme0n1p3_crypt", uuid: luks, on: ["nvme0n1p3"])
        machine.mapped("dm-1", "254:1", label: "vg-root", uuid: lvm, on: ["dm-0"])
        machine.mapped("dm-2", "254:2", label: "vg-swap", uuid: lvm, on: ["dm-0"])
        machine.mount("/proc", "0:21", "proc", "proc")
        machine.mount("/", "254:1", "ext4", "/dev/mapper/vg-root")
        machine.mount("/boot", "259:2", "ext4", "/dev/nvme0n1p2")
        machine.mount("/boot/efi", "259:1", "vfat", "/dev/nvme0n1p1")
        machine.mount("/tmp", "0:35", "tmpfs", "tmpfs")
        machine.swap("/dev/dm-2")
        return machine
    }

    @Test func encryptedInstallationIsEncryptedWhole() async throws {
        #expect(await type(try encryptedMachine()) == .allInternalVolumes)
    }

    @Test func plainInstallationIsNotEncrypted() async throws {
        #expect(await type(try plainMachine()) == DiskEncryptionType.none)
    }

    // MARK: - Encryption that does not count

    @Test func encryptedStickBesidePlainRootDoesNotCount() async throws {
        let machine = try plainMachine()
        machine.disk("sdb", "8:16", usb: true, removable: true)
        machine.mapped("dm-0", "254:0", label: "luks-stick", uuid: luks, on: ["sdb"])
        machine.mount("/media/alice/stick", "254:0", "ext4", "/dev/mapper/luks-stick")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func encryptedSwapAloneDoesNotCount() async throws {
        let machine = try plainMachine()
        machine.partition("sda3", "8:3", of: "sda")
        machine.mapped("dm-0", "254:0", label: "swap", uuid: "CRYPT-PLAIN-swap", on: ["sda3"])
        machine.swap("/dev/dm-0")
        machine.write("/etc/crypttab", "swap /dev/sda3 /dev/urandom swap\n")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func encryptedLoopDeviceOnPlainRootDoesNotCount() async throws {
        let machine = try plainMachine()
        machine.loop("loop0", "7:0", file: "/home/alice/vault.img")
        machine.mapped("dm-0", "254:0", label: "vault", uuid: luks, on: ["loop0"])
        machine.mount("/home/alice/vault", "254:0", "ext4", "/dev/mapper/vault")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test(arguments: ["CRYPT-VERITY-3f2a-root", "CRYPT-INTEGRITY-3f2a-root", "CRYPT-SUBDEV-3f2a-root"] as [String])
    func checksumsAreNotEncryption(uuid: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "crypt-root", uuid: uuid, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/crypt-root")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func aNameWithCryptInItIsNotEncryption() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root_crypt", uuid: lvm, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root_crypt")
        machine.write("/etc/crypttab", "root_crypt UUID=1 none luks\n")
        machine.write("/proc/cmdline", "cryptdevice=/dev/sda:root root=/dev/mapper/root_crypt\n")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    /// Looking at the first device-mapper device alone would call this one encrypted.
    @Test func plainRootOnTheSecondMappedDeviceIsNotEncrypted() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16", usb: true)
        machine.mapped("dm-0", "254:0", label: "stick", uuid: luks, on: ["sdb"])
        machine.mapped("dm-1", "254:1", label: "vg-root", uuid: lvm, on: ["sda"])
        machine.mount("/", "254:1", "ext4", "/dev/mapper/vg-root")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    // MARK: - Parts that are missing

    @Test func volumeOverOneEncryptedAndOnePlainDiskIsNotEncrypted() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "pv0", uuid: luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "vg-root", uuid: lvm, on: ["dm-0", "sdb"])
        machine.mount("/", "254:1", "ext4", "/dev/mapper/vg-root")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func mirrorWithAPlainHalfIsNotEncrypted() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "a", uuid: luks, on: ["sda"])
        machine.stacked("md0", "9:0", on: ["dm-0", "sdb"])
        machine.mount("/", "9:0", "ext4", "/dev/md0")
        #expect(await type(machine) == DiskEncryptionType.none)
    }

    @Test func encryptedMirrorIsEncrypted() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.stacked("md0", "9:0", on: ["sda", "sdb"])
        machine.mapped("dm-0", "254:0", label: "root", uuid: luks, on: ["md0"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test(
        arguments: [
            (["dm-0"], DiskEncryptionType.allInternalVolumes), (["dm-0", "sdb"], DiskEncryptionType.none),
            (["dm-0", "dm-1"], .allInternalVolumes),
        ] as [([String], DiskEncryptionType)])
    func everyMemberOfABtrfsCounts(members: [String], expected: DiskEncryptionType) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "luks-a", uuid: luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "luks-b", uuid: luks, on: ["sdb"])
        machine.btrfs("5b1f2c", members: members)
        machine.mount("/", "0:31", "btrfs", "/dev/mapper/luks-a", options: "rw,subvol=/root", root: "/root")
        machine.mount("/home", "0:31", "btrfs", "/dev/mapper/luks-a", options: "rw,subvol=/home", root: "/home")
        #expect(await type(machine) == expected)
    }

    @Test func btrfsWhoseMembersAreNotSeenIsUnknown() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "luks-a", uuid: luks, on: ["sda"])
        machine.mount("/", "0:31", "btrfs", "/dev/mapper/luks-a")
        #expect(await machine.state(.diskEncryptionType)?.isUnknown == true)
    }

    @Test func partitionOnAnEncryptedWholeDiskIsEncrypted() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "whole", uuid: luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "whole1", uuid: "part1-\(luks)", on: ["dm-0"])
        machine.mount("/", "254:1", "ext4", "/dev/mapper/whole1")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test func partitionOfAMirrorOfEncryptedDisksIsEncrypted() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "a", uuid: luks, on: ["sda"])
        machine.stacked("md0", "9:0", on: ["dm-0"])
        machine.partition("md0p1", "259:0", of: "md0")
        machine.mount("/", "259:0", "ext4", "/dev/md0p1")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test(arguments: ["LUKS1", "LUKS2", "LUKS2-OPAL", "PLAIN", "BITLK", "TCRYPT", "LOOPAES", "FVAULT2"] as [String])
    func everyFormatOfCryptsetupEncrypts(format: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "r", uuid: "CRYPT-\(format)-1234-r", on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/r")
        #expect(await type(machine) == .allInternalVolumes)
    }

    @Test(
        arguments: ["", "CRYPT-NEWFORMAT-1", "crypt-luks2-1", "FOO-1", "XCRYPT-LUKS2-1", "part-1", "partx-1"]
            as [String])
    func mappedDeviceOfAnUnknownKindIsUnknown(uuid: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "r", uuid: uuid, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/r")
        #expect(await machine.state(.diskEncryptionType)?.isUnknown == true)
    }
}
