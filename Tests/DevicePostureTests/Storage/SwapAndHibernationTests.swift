// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Where memory goes: swap spaces, compressed memory, hibernation.
@Suite struct SwapAndHibernationTests {
    /// An encrypted root on sda as dm-0, a plain disk sdb, and swap under a random key as dm-1.
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.disk("sdc", "8:32")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "swap", uuid: "CRYPT-PLAIN-swap", on: ["sdc"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.stacked("zram0", "253:0", on: [])
        return machine
    }

    @Test func withoutSwapThereIsNothingToEncrypt() async throws {
        let machine = try machine()
        #expect(await machine.state(.swapEncryption)?.isNotApplicable == true)
        #expect(await machine.state(.swapSpaces)?.isNotApplicable == true)
        machine.remove("/proc/swaps")
        #expect(await machine.state(.swapEncryption)?.isNotApplicable == true)
    }

    @Test(
        arguments: [
            (["/dev/dm-1"], true, ["partition=dm-crypt"]), (["/dev/dm-0"], true, ["partition=LUKS2"]),
            (["/dev/sdb"], false, ["partition=none"]), (["/dev/zram0"], true, ["zram=memory"]),
            (["/dev/zram0", "/dev/sdb"], false, ["partition=none", "zram=memory"]),
            (["/dev/dm-1", "/dev/sdb"], false, ["partition=dm-crypt", "partition=none"]),
            (["/dev/sdz"], nil, ["partition=unknown"]),
            (["/dev/sdz", "/dev/sdb"], false, ["partition=none", "partition=unknown"]),
        ] as [([String], Bool?, [String])])
    func onePlainSpaceMakesItPlain(devices: [String], expected: Bool?, spaces: [String]) async throws {
        let machine = try machine()
        for device in devices { machine.swap(device) }
        let state = await machine.state(.swapEncryption)
        #expect(state == expected.map { .known(.boolean($0)) } ?? state)
        #expect(state?.isUnknown == (expected == nil))
        #expect(await machine.texts(.swapSpaces) == spaces)
    }

    @Test(
        arguments: [
            ("none", "zram=memory", true), ("/dev/sdb", "zram=none", false), ("/dev/dm-1", "zram=dm-crypt", true),
            ("/dev/loop9", "zram=unknown", nil),
        ] as [(String, String, Bool?)])
    func compressedMemoryIsAsGoodAsWhatItIsWrittenBackTo(backing: String, kind: String, expected: Bool?) async throws {
        let machine = try machine()
        machine.write("/sys/devices/virtual/block/zram0/backing_dev", backing + "\n")
        machine.swap("/dev/zram0")
        #expect(await machine.texts(.swapSpaces) == [kind])
        let state = await machine.state(.swapEncryption)
        #expect(expected.map { state == .known(.boolean($0)) } ?? (state?.isUnknown == true))
    }

    @Test func swapFileIsAsGoodAsItsVolume() async throws {
        let machine = try machine()
        machine.mount("/data", "8:16", "ext4", "/dev/sdb")
        machine.swap("/swap\\040file\\040(deleted)", "file")
        #expect(await machine.texts(.swapSpaces) == ["file=LUKS2"])
        machine.swap("/data/swap", "file")
        #expect(await machine.texts(.swapSpaces) == ["file=LUKS2", "file=none"])
        #expect(await machine.state(.swapEncryption) == .known(.boolean(false)))
    }

    // MARK: - Hibernation

    @Test(
        arguments: [
            ("freeze mem disk", "0:0", "quiet", "/dev/dm-1", "ENCRYPTED"),
            ("freeze mem disk", "0:0", "quiet", "/dev/sdb", "PLAIN"), ("freeze mem disk", "0:0", "quiet", nil, "OFF"),
            ("freeze mem disk", "0:0", "quiet", "/dev/zram0", "OFF"),
            ("freeze mem disk", "8:16", "quiet", "/dev/dm-1", "PLAIN"),
            ("freeze mem disk", "254:1", "resume=/dev/sdb", nil, "ENCRYPTED"),
            ("freeze mem disk", "0:0", "resume=/dev/sdb", "/dev/dm-1", "PLAIN"),
            ("freeze mem disk", "0:0", "resume=/dev/sdb noresume", "/dev/dm-1", "ENCRYPTED"),
            ("freeze mem disk", "0:0", "resume=UUID=12-ab", "/dev/dm-1", "PLAIN"),
            ("freeze mem", "8:16", "resume=/dev/sdb", "/dev/sdb", "OFF"), ("", "0:0", "quiet", "/dev/sdb", "OFF"),
            ("freeze mem disk", "0:0", "nohibernate", "/dev/sdb", "OFF"),
            ("freeze mem disk", "0:0", "hibernate=no", "/dev/sdb", "OFF"),
            ("freeze mem disk", "0:0", "hibernate=no hibernate=protect_image", "/dev/sdb", "PLAIN"),
        ] as [(String, String, String, String?, String)])
    func memoryIsWrittenToTheNamedDeviceOrToAnySwapSpace(
        states: String, resume: String, arguments: String, swap: String?, expected: String
    ) async throws {
        let machine = try machine()
        machine.link("/dev/disk/by-uuid/12-ab", to: "../../sdb")
        machine.hibernation(states: states, resume: resume)
        machine.write("/proc/cmdline", "BOOT_IMAGE=/vmlinuz \(arguments)\n")
        if let swap { machine.swap(swap) }
        #expect(await machine.state(.hibernation) == .known(.string(expected)))
    }

    @Test func deviceToResumeFromThatIsNotSeenIsUnknown() async throws {
        let machine = try machine()
        machine.hibernation(resume: "8:99")
        #expect(await machine.state(.hibernation)?.isUnknown == true)
        #expect(await machine.state(.diskEncryptionType)?.isUnknown == true)
    }

    @Test func kernelThatDoesNotSayWhetherItHibernatesIsUnknownWhereThereIsSwap() async throws {
        let machine = try machine()
        #expect(await machine.state(.hibernation) == .known(.string("OFF")))
        machine.swap("/dev/sdb")
        #expect(await machine.state(.hibernation)?.isUnknown == true)
    }

    @Test func kernelThatDoesNotHibernateHasNoPlainImage() async throws {
        let machine = try machine()
        machine.hibernation(states: "freeze mem", resume: "8:16")
        #expect(await machine.state(.diskEncryptionType) == .known(.string("ALL_INTERNAL_VOLUMES")))
        machine.hibernation(resume: "8:16")
        #expect(await machine.state(.diskEncryptionType) == .known(.string("SYSTEM_VOLUME")))
    }
}
