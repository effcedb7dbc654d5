// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import MessageBus
import Testing

@testable import DevicePosture

@Suite struct TPMTests {
    private static let full = String(repeating: "A5", count: 32) + "\n"
    private static let zeros = String(repeating: "00", count: 32) + "\n"
    private static let ones = String(repeating: "FF", count: 32) + "\n"

    private func machine(_ versions: String?...) throws -> MachineFixture {
        let machine = try MachineFixture()
        for (index, version) in versions.enumerated() {
            try machine.folder("/sys/class/tpm/tpm\(index)")
            try machine.folder("/sys/class/tpm/tpmrm\(index)")
            if let version { machine.write("/sys/class/tpm/tpm\(index)/tpm_version_major", version + "\n") }
        }
        return machine
    }

    private func measured(_ registers: [Int: String], bank: String = "sha256") throws -> MachineFixture {
        let machine = try machine("2")
        for (number, text) in registers { machine.write("/sys/class/tpm/tpm0/pcr-\(bank)/\(number)", text) }
        return machine
    }

    // MARK: - Version

    @Test(arguments: [("2", "2.0"), ("1", "1.2")] as [(String, String)])
    func theFamilyIsTheVersion(major: String, version: String) async throws {
        #expect(await (try machine(major)).state(.tpmVersion) == .known(.string(version)))
    }

    @Test func theNewestOfSeveralTPMsCounts() async throws {
        #expect(await (try machine("1", "2")).state(.tpmVersion) == .known(.string("2.0")))
        #expect(await (try machine(nil, "2")).state(.tpmVersion) == .known(.string("2.0")))
        #expect(await (try machine(nil, "1")).state(.tpmVersion)?.isUnknown == true)
    }

    @Test(arguments: ["3", "", "two", "2.0", "-2", "0"] as [String])
    func aVersionThatNoKernelWritesIsUnknown(major: String) async throws {
        let machine = try machine(major)
        for name in [SignalName.tpmVersion, .tpmUsable, .secureHardwarePresent] {
            #expect(await machine.state(name)?.isUnknown == true)
        }
    }

    @Test func aVersionThatCannotBeReadIsNotGuessedFromTheDescription() async throws {
        let machine = try machine(nil)
        try machine.folder("/sys/class/tpm/tpm0/tpm_version_major")
        machine.write("/sys/class/tpm/tpm0/device/description", "TPM 2.0 Device\n")
        #expect(await machine.state(.tpmVersion)?.isUnknown == true)
        #expect(await machine.state(.secureHardwarePresent)?.isUnknown == true)
    }

    @Test func withoutATPMNothingIsSaidOfIt() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/firmware/acpi/tables/FACP", "")
        #expect(await machine.state(.tpmVersion)?.isNotApplicable == true)
        #expect(await machine.state(.tpmUsable)?.isNotApplicable == true)
        #expect(await machine.state(.measuredBoot) == .known(.boolean(false)))
        machine.write("/sys/firmware/acpi/tables/TPM2", "")
        for name in [SignalName.tpmVersion, .tpmUsable, .measuredBoot] {
            #expect(await machine.state(name)?.isUnknown == true)
        }
    }

    @Test func aContainerDoesNotSeeTheTPM() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/firmware/acpi/tables/FACP", "")
        machine.write("/run/systemd/container", "podman\n")
        for name in [SignalName.tpmVersion, .tpmUsable, .measuredBoot] {
            #expect(await machine.state(name)?.isUnknown == true)
        }
    }

    // MARK: - Use

    @Test func whoMayUseTheTPMIsToldOnALiveSystemOnly() async throws {
        let machine = try machine("2")
        machine.write("/dev/tpmrm0", "")
        #expect(await machine.state(.tpmUsable)?.isUnknown == true)
        #expect(await (try self.machine("1")).state(.tpmUsable)?.isNotApplicable == true)
    }

    @Test func aPresentTPMThatThisUserMayNotUseIsANoWithAWayOut() throws {
        let table = Array("root:x:0:\ntss:x:112:alice,bob\n".utf8)
        let tss = try #require(AccountTable.groups(parsing: table).first { $0.groupID == 112 })
        func judge(_ isPermitted: Bool, _ group: UInt32, _ mode: UInt32, _ user: String?) -> Finding {
            TPMUsableCollector.judge(
                isPermitted: isPermitted, node: .init(owner: 112, group: group, mode: mode), device: "/dev/tpmrm0",
                group: group == 112 ? tss : nil, user: user)
        }
        let outsider = judge(false, 112, 0o660, "carol")
        #expect(outsider.state == .known(.boolean(false)))
        #expect(outsider.evidence.last == "members of the group tss may")
        #expect(judge(false, 112, 0o660, "alice").evidence.last?.contains("sign in again") == true)
        #expect(judge(false, 0, 0o600, "alice").evidence.last?.contains("udev rules") == true)
        #expect(judge(false, 112, 0o600, "carol").evidence.last?.contains("udev rules") == true)
        #expect(judge(true, 112, 0o660, "carol").state == .known(.boolean(true)))
        // Other members of the group are nobody's business.
        #expect(!outsider.evidence.joined().contains("bob"))
    }

    @Test(arguments: ["", "tss:x:112", "tss:x:112:a:b", ":x:112:", "tss:x:1120:", "tss:x:-112:", "\0:\0:\0:\0"])
    func aBrokenTableOfGroupsNamesNoGroup(table: String) {
        #expect(!AccountTable.groups(parsing: Array(table.utf8)).contains { $0.groupID == 112 })
    }

    // MARK: - Measured boot

    @Test func registersThatHoldAMeasurementAreAMeasuredBoot() async throws {
        let machine = try measured([0: Self.full, 7: Self.full.lowercased()])
        #expect(await machine.state(.measuredBoot) == .known(.boolean(true)))
    }

    @Test(arguments: [[0: zeros, 7: full], [0: full, 7: zeros], [0: full, 7: ones]] as [[Int: String]])
    func anEmptyRegisterIsNotMeasured(registers: [Int: String]) async throws {
        #expect(await (try measured(registers)).state(.measuredBoot) == .known(.boolean(false)))
    }

    @Test func aBankOfSHA1AloneProvesNothing() async throws {
        let digest = String(repeating: "A5", count: 20) + "\n"
        let machine = try measured([0: digest, 7: digest], bank: "sha1")
        #expect(await machine.state(.measuredBoot) == .known(.boolean(false)))
        // Where SHA-256 is in use too, but the firmware leaves it empty, anybody can fill it.
        for number in [0, 7] { machine.write("/sys/class/tpm/tpm0/pcr-sha256/\(number)", Self.zeros) }
        #expect(await machine.state(.measuredBoot) == .known(.boolean(false)))
    }

    @Test func anotherStrongBankCountsWhereSHA256IsNotInUse() async throws {
        let digest = String(repeating: "a5", count: 48) + "\n"
        #expect(
            await (try measured([0: digest, 7: digest], bank: "sha384")).state(.measuredBoot) == .known(.boolean(true)))
    }

    @Test(arguments: ["", "\n", "A5", String(repeating: "G", count: 64), String(repeating: "A", count: 65), "\u{0}"])
    func aRegisterThatIsNoDigestIsUnknown(text: String) async throws {
        #expect(await (try measured([0: Self.full, 7: text])).state(.measuredBoot)?.isUnknown == true)
        #expect(MeasuredBootCollector.Register(parsing: Array(text.utf8)) == nil)
    }

    @Test func aKernelThatShowsNoRegistersIsUnknown() async throws {
        #expect(await (try machine("2")).state(.measuredBoot)?.isUnknown == true)
        #expect(await (try machine("1")).state(.measuredBoot)?.isUnknown == true)
        #expect(await (try measured([7: Self.full])).state(.measuredBoot)?.isUnknown == true)
    }

    private func utf16(_ text: String) -> [UInt8] {
        [6, 0, 0, 0] + (text + "\0").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    @Test func whatStartedTheKernelIsEvidence() async throws {
        let machine = try measured([0: Self.full, 7: Self.full, 11: Self.full])
        func variable(_ name: String, _ text: String) {
            let path = "/sys/firmware/efi/efivars/\(name)-\(MeasuredBootCollector.loaderVendor)"
            machine.write(path, utf16(text))
        }
        variable("LoaderInfo", "systemd-boot 257.1-1")
        variable("StubInfo", "systemd-stub 257.1-1")
        variable("StubPcrKernelImage", "11")
        let evidence = try #require(await machine.reading(.measuredBoot)?.evidence)
        #expect(evidence.contains("boot loader: systemd-boot 257.1-1"))
        #expect(evidence.contains("stub of the kernel image: systemd-stub 257.1-1"))
        #expect(evidence.contains { $0.contains("PCR 11: holds") })
        // The stub's word does not stand against an empty register.
        machine.write("/sys/class/tpm/tpm0/pcr-sha256/11", Self.zeros)
        let other = try #require(await machine.reading(.measuredBoot)?.evidence)
        #expect(other.contains { $0.contains("PCR 11 is empty") })
    }

    @Test func textsInVariablesAreUTF16() throws {
        func text(_ bytes: [UInt8]) -> String? { EFIVariable(parsing: bytes)?.text }
        #expect(text(utf16("systemd-boot 257")) == "systemd-boot 257")
        #expect(text([6, 0, 0, 0, 0x61, 0]) == "a")
        #expect(text(utf16("a\u{1F600}")) == "a\u{1F600}")
        // An odd byte, half a pair, a control character, nothing, too much.
        #expect(text([6, 0, 0, 0, 0x61]) == nil)
        #expect(text([6, 0, 0, 0, 0x00, 0xD8, 0x61, 0]) == nil)
        #expect(text(utf16("a\nb")) == nil)
        #expect(text([6, 0, 0, 0]) == nil)
        #expect(text([6, 0, 0, 0, 0, 0]) == nil)
        #expect(text(utf16(String(repeating: "a", count: 129))) == nil)
        #expect(EFIVariable(parsing: [6, 0, 0]) == nil)
        #expect(EFIVariable(parsing: [UInt8](repeating: 0, count: EFIVariable.limit + 1)) == nil)
    }
}
