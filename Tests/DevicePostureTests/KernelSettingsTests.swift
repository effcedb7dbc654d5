// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

@Suite struct KernelSettingsTests {
    private func machine(_ settings: [String: String]) throws -> MachineFixture {
        let machine = try MachineFixture()
        for (name, text) in settings { machine.write(KernelSetting.path(of: name), text) }
        return machine
    }

    // MARK: - Settings

    @Test(
        arguments: [
            ("kernel.randomize_va_space", SignalName.addressSpaceRandomization, [2], [0, 1, 3]),
            ("kernel.yama.ptrace_scope", .processTracingRestricted, [1, 2, 3], [0]),
            ("kernel.kptr_restrict", .kernelPointersHidden, [1, 2], [0]),
            ("kernel.dmesg_restrict", .kernelLogRestricted, [1], [0]),
            ("kernel.unprivileged_bpf_disabled", .unprivilegedBPFDisabled, [1, 2], [0]),
            ("kernel.kexec_load_disabled", .kexecDisabled, [1], [0]),
            ("fs.suid_dumpable", .privilegedDumpsRestricted, [0, 2], [1, 3]),
        ] as [(String, SignalName, [Int], [Int])])
    func aSettingIsAYesOrANo(setting: String, signal: SignalName, good: [Int], bad: [Int]) async throws {
        for value in good {
            #expect(await (try machine([setting: "\(value)\n"])).state(signal) == .known(.boolean(true)))
        }
        for value in bad {
            #expect(await (try machine([setting: "\(value)\n"])).state(signal) == .known(.boolean(false)))
        }
    }

    @Test func aSettingThatTheKernelDoesNotHaveIsNotZero() async throws {
        let machine = try machine(["kernel.randomize_va_space": "2\n"])
        for rule in KernelSettingRule.all where rule.name != .addressSpaceRandomization {
            #expect(await machine.state(rule.name)?.isNotApplicable == true, "\(rule.name)")
        }
        #expect(await machine.state(.kernelHardening) == .known(.strings(["kernel.randomize_va_space=2"])))
    }

    @Test func withoutProcNothingIsKnown() async throws {
        let machine = try MachineFixture()
        machine.remove("/proc/sys")
        #expect(await machine.state(.kernelHardening)?.isUnknown == true)
        #expect(await machine.state(.processTracingRestricted)?.isUnknown == true)
    }

    @Test(arguments: ["", "\n", "2 2", "two", "0x2", "--2", "+2", "2.0", "\u{0}", String(repeating: "2", count: 30)])
    func aSettingThatIsNoNumberIsUnknown(text: String) async throws {
        let machine = try machine(["kernel.randomize_va_space": text])
        #expect(await machine.state(.addressSpaceRandomization)?.isUnknown == true)
        #expect(await machine.state(.kernelHardening)?.isUnknown == true)
    }

    @Test func oneOfTwoSettingsIsNotEnough() async throws {
        let both = ["fs.protected_symlinks": "1\n", "fs.protected_hardlinks": "1\n"]
        #expect(await (try machine(both)).state(.linksProtected) == .known(.boolean(true)))
        for name in both.keys {
            var settings = both
            settings[name] = "0\n"
            #expect(await (try machine(settings)).state(.linksProtected) == .known(.boolean(false)))
            settings[name] = nil
            #expect(await (try machine(settings)).state(.linksProtected)?.isNotApplicable == true)
            settings[name] = "x"
            #expect(await (try machine(settings)).state(.linksProtected)?.isUnknown == true)
        }
        let files = ["fs.protected_fifos": "1\n", "fs.protected_regular": "2\n"]
        #expect(await (try machine(files)).state(.sharedFilesProtected) == .known(.boolean(true)))
    }

    @Test func settingsForRootAloneAreNotPromisedOfTheHelper() throws {
        let rule = try #require(KernelSettingRule.all.first { $0.name == .linksProtected })
        let finding = rule.judge { $0 == "fs.protected_symlinks" ? .denied : .number(1) }
        #expect(finding.state == .unknown(reason: "fs.protected_symlinks can be read by root alone"))
        // A setting that is wrong is wrong whatever the other one is.
        #expect(rule.judge { $0 == "fs.protected_symlinks" ? .denied : .number(0) }.state == .known(.boolean(false)))
    }

    @Test func allSettingsAreListed() async throws {
        let settings = Dictionary(uniqueKeysWithValues: KernelSetting.names.map { ($0, "1\n") })
        let expected = KernelSetting.names.map { "\($0)=1" }.sorted()
        #expect(await (try machine(settings)).state(.kernelHardening) == .known(.strings(expected)))
        #expect(KernelSetting.names == KernelSetting.names.sorted())
        #expect(KernelSetting.path(of: "kernel.yama.ptrace_scope") == "/proc/sys/kernel/yama/ptrace_scope")
    }

    // MARK: - Modules

    private func modules(
        enforced: String?, lockdown: String? = "[none] integrity confidentiality\n", disabled: String? = "0\n"
    ) throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/sys/module/module/parameters")
        machine.write("/proc/modules", "")
        machine.write("/sys/kernel/security/lsm", "lockdown,capability")
        if let enforced { machine.write(ModuleSigningCollector.path, enforced) }
        if let lockdown { machine.write(LockdownMode.path, lockdown) }
        if let disabled { machine.write("/proc/sys/kernel/modules_disabled", disabled) }
        return machine
    }

    @Test func modulesAreSignedByAnyOfTheThreeWays() async throws {
        #expect(await (try modules(enforced: "Y\n")).state(.moduleSigning) == .known(.boolean(true)))
        #expect(await (try modules(enforced: "N\n")).state(.moduleSigning) == .known(.boolean(false)))
        let locked = try modules(enforced: "N\n", lockdown: "none [integrity] confidentiality\n")
        #expect(await locked.state(.moduleSigning) == .known(.boolean(true)))
        #expect(await (try modules(enforced: "N\n", disabled: "1\n")).state(.moduleSigning) == .known(.boolean(true)))
    }

    @Test func aKernelThatCannotCheckSignaturesIsANo() async throws {
        #expect(await (try modules(enforced: nil, lockdown: nil)).state(.moduleSigning) == .known(.boolean(false)))
    }

    @Test func withoutALookAtLockdownANoIsNotCertain() async throws {
        let machine = try modules(enforced: "N\n")
        machine.remove("/sys/kernel/security")
        #expect(await machine.state(.moduleSigning)?.isUnknown == true)
        let broken = try modules(enforced: "N\n", lockdown: "none\n")
        #expect(await broken.state(.moduleSigning)?.isUnknown == true)
    }

    @Test func aKernelWithoutModulesHasNoneToSign() async throws {
        let machine = try modules(enforced: nil, disabled: nil)
        machine.remove("/proc/modules")
        #expect(await machine.state(.moduleSigning)?.isNotApplicable == true)
        machine.remove("/sys/module")
        #expect(await machine.state(.moduleSigning)?.isUnknown == true)
    }

    @Test(arguments: ["", "maybe", "\u{0}", "YY"])
    func aSwitchThatIsNotUnderstoodIsUnknown(text: String) async throws {
        #expect(await (try modules(enforced: text)).state(.moduleSigning)?.isUnknown == true)
        #expect(await (try modules(enforced: "N\n", disabled: text)).state(.moduleSigning)?.isUnknown == true)
    }

    // MARK: - Command line

    @Test(
        arguments: [
            ("quiet ima_appraise=log", "ima_appraise", ["log"]), ("ima-appraise=log", "ima_appraise", ["log"]),
            ("x=\"a b\" ima_policy=tcb", "x", ["a b"]), ("\"x=a b\" c", "x", ["a b"]), ("x=1 -- x=2", "x", ["1"]),
            ("x=1 x=2\n", "x", ["1", "2"]), ("x", "x", []), ("xx=1", "x", []), ("x=a=b", "x", ["a=b"]),
            ("x=\"open end", "x", ["open end"]), ("", "x", []), ("--", "x", []),
        ] as [(String, String, [String])])
    func theCommandLineIsReadAsTheKernelReadsIt(line: String, name: String, values: [String]) {
        #expect(KernelCommandLine(parsing: Array(line.utf8)).values(of: name) == values)
    }

    // MARK: - IMA

    private func ima(_ line: String, policy: String? = nil) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("/proc/cmdline", line + "\n")
        machine.write("/sys/kernel/security/lsm", "capability,ima,evm")
        try machine.folder("/sys/kernel/security/ima")
        if let policy { machine.write("/sys/kernel/security/ima/policy", policy) }
        return machine
    }

    @Test(
        arguments: [
            ("quiet ima_policy=tcb", "measure"), ("ima_policy=\"tcb|appraise_tcb\"", "appraise"),
            ("ima_policy=tcb ima_policy=secure_boot", "appraise"), ("ima_tcb", "measure"),
            ("ima_policy=tcb|appraise_tcb ima_appraise=log", "measure"), ("ima_policy=critical_data", "measure"),
        ] as [(String, String)])
    func theBuiltInPoliciesAreNamedOnTheCommandLine(line: String, mode: String) async throws {
        #expect(await (try ima(line)).state(.integrityMeasurement) == .known(.string(mode)))
    }

    @Test(arguments: ["quiet", "quiet -- ima_policy=tcb", "ima_policy=appraise_tcb ima_appraise=fix", "ima_policy=new"])
    func withoutThePolicyInForceNothingIsGuessed(line: String) async throws {
        let machine = try ima(line)
        #expect(await machine.state(.integrityMeasurement)?.isUnknown == true)
    }

    @Test func aPolicyOfTheAdministratorReplacesTheBuiltInOne() async throws {
        let machine = try ima("ima_policy=tcb")
        machine.write("/etc/ima/ima-policy", "dont_measure\n")
        #expect(await machine.state(.integrityMeasurement)?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("", "none"), ("dont_measure fsmagic=0x9fa0\ndont_appraise fsmagic=0x9fa0\n", "none"),
            ("measure func=BPRM_CHECK\n", "measure"),
            ("measure func=BPRM_CHECK\nappraise func=MODULE_CHECK\n", "appraise"),
            ("# measure\n", "none"),
        ] as [(String, String)])
    func thePolicyInForceStandsAboveTheCommandLine(policy: String, mode: String) async throws {
        let machine = try ima("ima_policy=tcb", policy: policy)
        #expect(await machine.state(.integrityMeasurement) == .known(.string(mode)))
    }

    @Test(arguments: ["nonsense\n", "measure func=BPRM_CHECK\nallow everything\n", "\u{0}\u{1}", "MEASURE\n"])
    func aPolicyThatIsNotUnderstoodIsUnknown(policy: String) async throws {
        let machine = try ima("ima_policy=tcb", policy: policy)
        #expect(await machine.state(.integrityMeasurement)?.isUnknown == true)
    }

    @Test func appraisalThatOnlyNotesIsNone() async throws {
        let machine = try ima("ima_appraise=log", policy: "appraise func=MODULE_CHECK\n")
        #expect(await machine.state(.integrityMeasurement) == .known(.string("none")))
    }

    @Test func aKernelWithoutIMADoesNothing() async throws {
        let machine = try ima("ima_policy=tcb")
        machine.remove("/sys/kernel/security/ima")
        #expect(await machine.state(.integrityMeasurement) == .known(.string("none")))
        machine.remove("/sys/kernel/security")
        #expect(await machine.state(.integrityMeasurement)?.isUnknown == true)
    }

    // MARK: - Mounts

    private func mounts() throws -> MachineFixture {
        let machine = try MachineFixture()
        for folder in ["/tmp", "/var/tmp", "/dev/shm"] { try machine.folder(folder) }
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        return machine
    }

    @Test func optionsOfTheMountAndOfTheFileSystemCount() async throws {
        let machine = try mounts()
        machine.mount("/tmp", "0:30", "tmpfs", "tmpfs", mountOptions: "rw,nosuid,nodev")
        machine.mount("/dev/shm", "0:31", "tmpfs", "tmpfs", options: "rw,noexec", mountOptions: "rw,nosuid")
        machine.mount("/home", "8:3", "ext4", "/dev/sda3", mountOptions: "rw,nodev,relatime")
        let entries = ["/dev/shm=noexec,nosuid", "/home=nodev", "/tmp=nodev,nosuid", "/var/tmp=none", "~=nodev"]
        #expect(await machine.state(.mountOptions) == .known(.strings(entries)))
        let evidence = await machine.reading(.mountOptions)?.evidence
        #expect(evidence == ["/var/tmp is no mount of its own"])
    }

    @Test func whatIsMountedOnTopCounts() async throws {
        let machine = try mounts()
        machine.mount("/tmp", "0:30", "tmpfs", "tmpfs", mountOptions: "rw,nosuid,nodev,noexec")
        machine.mount("/tmp", "0:33", "tmpfs", "tmpfs", mountOptions: "rw")
        guard case .known(.strings(let entries)) = await machine.state(.mountOptions) else {
            Issue.record("the options are not known")
            return
        }
        #expect(entries.contains("/tmp=none"))
    }

    @Test func namesThatOnlyBeginLikeAnOptionAreNone() throws {
        let table = try MountTable(
            parsing: Array("22 1 8:2 / / rw,nosuidx,xnodev - ext4 /dev/noexec rw,errors=noexec\n".utf8))
        #expect(MountOptionsCollector.forbidden(on: table.mounts[0]) == "none")
    }

    @Test func folderByALinkHasTheOptionsOfWhereItLeads() async throws {
        let machine = try MachineFixture()
        machine.home = nil
        machine.remove("/home")
        try machine.folder("/var/home")
        machine.link("/home", to: "var/home")
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        machine.mount("/var", "8:3", "ext4", "/dev/sda3", mountOptions: "rw,nosuid")
        #expect(await machine.state(.mountOptions) == .known(.strings(["/home=nosuid"])))
    }

    @Test func aFolderThatIsMountedOnUseIsLeftOut() async throws {
        let machine = try mounts()
        machine.mount("/home", "0:44", "autofs", "systemd-1", mountOptions: "rw,nosuid,nodev,noexec")
        guard case .known(.strings(let entries)) = await machine.state(.mountOptions) else {
            Issue.record("the options are not known")
            return
        }
        #expect(!entries.contains { $0.hasPrefix("/home=") || $0.hasPrefix("~=") })
    }

    @Test(arguments: ["", "nonsense\n", "22 1 8:2 / relative rw - ext4 x rw\n"])
    func aMountTableThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try mounts()
        machine.write("/proc/self/mountinfo", text)
        #expect(await machine.state(.mountOptions)?.isUnknown == true)
    }
}
