// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Glibc
import Testing

@testable import DevicePosture

/// The same files, read by programs that others wrote. Where they differ, the difference stands here with who is right.
@Suite struct FirmwareDifferentialTests {
    private static let global = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
    private static let shim = "605dab50-e046-4300-abb6-3dd810dd8b23"

    private func boolean(_ name: SignalName, _ machine: MachineFixture) async -> Bool? {
        guard case .known(.boolean(let value)) = await machine.state(name) else { return nil }
        return value
    }

    // MARK: - fwupdtool

    @Test(.enabled(if: FirmwareTool.isInstalled, "needs fwupd"), arguments: 0..<21)
    func eachTaintFlagCountsAsItDoesForFwupd(bit: Int) async throws {
        let machine = try MachineFixture()
        machine.write("/proc/sys/kernel/tainted", "\(1 << bit)\n")
        let verdict = try FirmwareTool.verdicts(on: machine)["Kernel.Tainted"]
        #expect(await boolean(.kernelTainted, machine) == (verdict == "tainted"))
        #expect(verdict == "tainted" || verdict == "not-tainted")
    }

    @Test(
        .enabled(if: FirmwareTool.isInstalled, "needs fwupd"),
        arguments: [
            "[none] integrity confidentiality\n", "none [integrity] confidentiality\n",
            "none integrity [confidentiality]\n",
        ])
    func lockdownIsInForceAsItIsForFwupd(text: String) async throws {
        let machine = try MachineFixture()
        machine.write("/sys/kernel/security/lockdown", text)
        let verdict = try FirmwareTool.verdicts(on: machine)["Kernel.Lockdown"]
        guard case .known(.string(let mode)) = await machine.state(.kernelLockdown) else {
            Issue.record("lockdown is not known")
            return
        }
        #expect((mode != "none") == (verdict == "enabled"))
    }

    /// The bytes of `SecureBoot`, `SetupMode`, `MokSBStateRT` and `AuditMode`, as far as they are there.
    private func efi(_ secureBoot: [UInt8]?, _ setup: UInt8?, _ mok: [UInt8]?, _ audit: UInt8?) throws -> MachineFixture
    {
        let machine = try MachineFixture()
        let folder = "/sys/firmware/efi/efivars"
        machine.write("\(folder)/BootOrder-\(Self.global)", [7, 0, 0, 0, 0, 0])
        if let secureBoot { machine.write("\(folder)/SecureBoot-\(Self.global)", secureBoot) }
        if let setup { machine.write("\(folder)/SetupMode-\(Self.global)", [6, 0, 0, 0, setup]) }
        if let mok { machine.write("\(folder)/MokSBStateRT-\(Self.shim)", mok) }
        if let audit { machine.write("\(folder)/AuditMode-\(Self.global)", [6, 0, 0, 0, audit]) }
        return machine
    }

    struct SecureBootCase: Sendable, CustomTestStringConvertible {
        let name: String
        var secureBoot: [UInt8]? = [6, 0, 0, 0, 1]
        var setup: UInt8? = 0
        var mok: [UInt8]?
        var audit: UInt8?
        /// Who is right where fwupd says otherwise.
        var divergence: String?
        var testDescription: String { name }
    }

    static let secureBootCases = [
        SecureBootCase(name: "on"), SecureBootCase(name: "off", secureBoot: [6, 0, 0, 0, 0]),
        SecureBootCase(name: "without the variable", secureBoot: nil, setup: nil),
        SecureBootCase(name: "shim verifies", mok: [6, 0, 0, 0, 0]),
        SecureBootCase(
            name: "setup mode", setup: 1, divergence: "we: anybody can enrol keys, and the kernel says off as well"),
        SecureBootCase(
            name: "shim does not verify", mok: [6, 0, 0, 0, 1],
            divergence: "we: shim starts what is not signed, and the kernel says off as well"),
        SecureBootCase(name: "audit mode", audit: 1, divergence: "we: the firmware starts what fails, and notes it"),
    ]

    @Test(.enabled(if: FirmwareTool.isInstalled, "needs fwupd"), arguments: secureBootCases)
    func secureBootIsWhatItIsForFwupdButForTheList(of entry: SecureBootCase) async throws {
        let machine = try efi(entry.secureBoot, entry.setup, entry.mok, entry.audit)
        let verdict = try FirmwareTool.verdicts(on: machine)["Uefi.SecureBoot"]
        let ours = await boolean(.secureBoot, machine)
        #expect(ours != nil)
        #expect((ours == (verdict == "enabled")) == (entry.divergence == nil), "fwupd says \(verdict ?? "nothing")")
    }

    // MARK: - lynis

    @Test(
        .enabled(if: access("/usr/sbin/lynis", X_OK) == 0 && geteuid() == 0, "needs lynis, which looks as root alone"),
        .timeLimit(.minutes(5)))
    func lynisDoesNotLookAtSetupMode() async throws {
        let machine = try efi([6, 0, 0, 0, 1], 1, nil, nil)
        let report = machine.root + "/lynis-report"
        _ = FirmwareServiceBus.run(
            "/usr/sbin/lynis",
            [
                "audit", "system", "--quick", "--quiet", "--no-colors", "--no-plugins", "--forensics",
                "--rootdir", machine.root + "/",
                "--tests", "BOOT-5116", "--report-file", report, "--log-file", machine.root + "/lynis-log",
            ])
        let text = try String(contentsOfFile: report, encoding: .utf8)
        // It looks at the variable that we look at, and at no other: we are right, as above.
        #expect(text.contains("boot_uefi_booted_secure=1"))
        #expect(await boolean(.secureBoot, machine) == false)
        machine.write("/sys/firmware/efi/efivars/SetupMode-\(Self.global)", [6, 0, 0, 0, 0])
        #expect(await boolean(.secureBoot, machine) == true)
    }

    // MARK: - findmnt

    private struct MountList: Decodable {
        struct Entry: Decodable {
            let target: String
            let options: String
        }
        let filesystems: [Entry]
    }

    @Test(.enabled(if: access("/usr/bin/findmnt", X_OK) == 0, "needs findmnt"), arguments: 0..<64)
    func optionsOfMountsAreThoseOfFindmnt(seed: Int) async throws {
        let machine = try MachineFixture()
        machine.home = nil
        let folders = ["/tmp", "/var/tmp", "/dev/shm", "/home"]
        for folder in folders { try machine.folder(folder) }
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        let flags = ["nosuid", "nodev", "noexec"]
        for (index, folder) in folders.enumerated() {
            // Each flag is on the mount, on the file system, on both or on neither.
            func chosen(_ shift: Int) -> String {
                let bits = (seed &* 2_654_435_761) >> (index * 6 + shift)
                return (["rw", "relatime"] + flags.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
                    .joined(separator: ",")
            }
            machine.mount(
                folder, "0:\(40 + index)", "tmpfs", "tmpfs", options: chosen(3), mountOptions: chosen(0))
        }
        let output = FirmwareServiceBus.run(
            "/usr/bin/findmnt",
            ["--tab-file", machine.root + "/proc/self/mountinfo", "--json", "--list", "-o", "TARGET,OPTIONS"]
        ).output
        let theirs = try JSONDecoder().decode(MountList.self, from: output).filesystems
            .filter { folders.contains($0.target) }
            .map { entry in
                let words = Set(entry.options.split(separator: ",").map(String.init))
                let found = flags.filter(words.contains).sorted()
                return "\(entry.target)=\(found.isEmpty ? "none" : found.joined(separator: ","))"
            }
        #expect(await machine.state(.mountOptions) == .known(.strings(theirs.sorted())))
    }

    // MARK: - lscpu

    private struct ProcessorReport: Decodable {
        struct Entry: Decodable {
            let field: String
            let data: String?
        }
        let lscpu: [Entry]
    }

    @Test(.enabled(if: access("/usr/bin/lscpu", X_OK) == 0, "needs lscpu"))
    func weaknessesAreThoseOfLscpu() async throws {
        let texts = [
            "meltdown": "Mitigation: PTI", "l1tf": "Not affected", "spec_store_bypass": "Vulnerable",
            "mds": "Vulnerable: Clear CPU buffers attempted, no microcode", "srbds": "Unknown: No mitigations",
        ]
        let machine = try MachineFixture()
        for (name, text) in texts { machine.write("\(CPUVulnerabilitiesCollector.path)/\(name)", text + "\n") }
        for name in ["possible", "present", "online"] { machine.write("/sys/devices/system/cpu/\(name)", "0\n") }
        try machine.folder("/sys/devices/system/cpu/cpu0/topology")
        machine.write("/proc/cpuinfo", "processor\t: 0\n")
        let run = FirmwareServiceBus.run("/usr/bin/lscpu", ["--sysroot", machine.root, "--json"])
        let entries = try JSONDecoder().decode(ProcessorReport.self, from: run.output).lscpu
            .filter { $0.field.hasPrefix("Vulnerability ") }
        #expect(entries.count == texts.count)
        let vulnerable = entries.filter { $0.data?.hasPrefix("Vulnerable") == true }.map {
            $0.field.dropFirst("Vulnerability ".count).dropLast().lowercased()
                .replacingOccurrences(of: " ", with: "_") + "=vulnerable"
        }
        // It shows the kernel's texts; what the kernel cannot tell is in our list too.
        #expect(
            await machine.state(.cpuVulnerabilities)
                == .known(.strings((vulnerable + ["srbds=unknown"]).sorted())))
    }
}
