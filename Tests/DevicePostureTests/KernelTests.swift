// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

@Suite struct KernelTests {
    private static let security = "/sys/kernel/security"

    /// A machine whose kernel lists these security modules.
    private func machine(_ modules: String? = "lockdown,capability,landlock,yama,apparmor,tomoyo,bpf") throws
        -> MachineFixture
    {
        let machine = try MachineFixture()
        if let modules { machine.write("\(Self.security)/lsm", modules) }
        return machine
    }

    // MARK: - Lockdown

    @Test(
        arguments: [
            ("[none] integrity confidentiality\n", "none"), ("none [integrity] confidentiality\n", "integrity"),
            ("none integrity [confidentiality]\n", "confidentiality"),
        ] as [(String, String)])
    func theModeInBracketsIsInForce(text: String, mode: String) async throws {
        let machine = try machine()
        machine.write(LockdownMode.path, text)
        #expect(await machine.state(.kernelLockdown) == .known(.string(mode)))
    }

    @Test(
        arguments: [
            "", "\n", "none integrity confidentiality\n", "[none] [integrity]\n", "[all]\n", "[]", "integrity\n",
            "none [integrity]", "[integrity", "\u{0}\u{1}",
        ] as [String])
    func aModeThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try machine()
        machine.write(LockdownMode.path, text)
        #expect(await machine.state(.kernelLockdown)?.isUnknown == true)
    }

    @Test func aKernelWithoutLockdownIsToldFromOneThatIsNotSeen() async throws {
        #expect(await (try machine()).state(.kernelLockdown)?.isNotApplicable == true)
        let bare = try machine(nil)
        #expect(await bare.state(.kernelLockdown)?.isUnknown == true)
        try bare.folder(Self.security)
        #expect(await bare.state(.kernelLockdown)?.isUnknown == true)
    }

    @Test(.enabled(if: geteuid() != 0, "nothing is unreadable for root"))
    func whatOnlyRootMayReadNeedsTheHelper() async throws {
        let machine = try machine()
        machine.write(LockdownMode.path, "none [integrity] confidentiality\n")
        chmod(machine.root + LockdownMode.path, 0)
        guard case .unknown(let reason) = await machine.state(.kernelLockdown) else {
            Issue.record("it is not unknown")
            return
        }
        #expect(reason.contains("needs the posture helper"))
    }

    @Test func whatIsDeniedIsSaidToNeedTheHelper() {
        let finding = SecurityFileSystem.unknown(.denied, at: LockdownMode.path)
        #expect(finding.state == .unknown(reason: "\(LockdownMode.path) needs the posture helper"))
    }

    // MARK: - Security modules

    @Test func theModulesAreListedInOrder() async throws {
        let state = await (try machine("yama,capability,apparmor")).state(.securityModules)
        #expect(state == .known(.strings(["apparmor", "capability", "yama"])))
    }

    @Test(arguments: ["", "\n", "a,,b", "a b", "SELinux", "a,\u{1b}[0m", String(repeating: "a", count: 33)])
    func aListThatIsNoneIsUnknown(text: String) async throws {
        #expect(await (try machine(text)).state(.securityModules)?.isUnknown == true)
        #expect(await (try machine(text)).state(.mandatoryAccessControl)?.isUnknown == true)
    }

    // MARK: - Mandatory access control

    private func selinux(_ enforce: String, config: String? = nil) throws -> MachineFixture {
        let machine = try machine("lockdown,capability,yama,selinux,bpf")
        machine.write("/sys/fs/selinux/enforce", enforce)
        if let config { machine.write("/etc/selinux/config", config) }
        return machine
    }

    @Test func selinuxThatEnforcesCounts() async throws {
        #expect(await (try selinux("1")).state(.mandatoryAccessControl) == .known(.string("selinux")))
    }

    @Test func permissiveSELinuxIsNotEnforced() async throws {
        #expect(await (try selinux("0")).state(.mandatoryAccessControl) == .known(.string("none")))
    }

    @Test func theKernelStandsAgainstTheConfiguration() async throws {
        let permissive = try selinux("0", config: "# SELINUX=disabled\nSELINUX=enforcing\nSELINUXTYPE=targeted\n")
        let reading = try #require(await permissive.reading(.mandatoryAccessControl))
        #expect(reading.state == .known(.string("none")))
        #expect(reading.evidence.contains("/etc/selinux/config says SELINUX=enforcing"))
        let enforcing = try selinux("1", config: "SELINUX=disabled\n")
        #expect(await enforcing.state(.mandatoryAccessControl) == .known(.string("selinux")))
        // A configuration without a kernel that has SELinux is nothing.
        let plain = try machine("capability")
        plain.write("/etc/selinux/config", "SELINUX=enforcing\n")
        #expect(await plain.state(.mandatoryAccessControl) == .known(.string("none")))
    }

    @Test(
        arguments: [
            ("SELINUX=enforcing", "enforcing"), ("#SELINUX=enforcing", nil), ("SELINUXTYPE=enforcing", nil),
            ("  SELINUX=Permissive  ", "permissive"), ("SELINUX=enforcing\nSELINUX=disabled\n", "disabled"),
            ("SELINUX=maybe", nil), ("", nil),
        ] as [(String, String?)])
    func theLastAssignmentOfTheConfigurationStands(text: String, mode: String?) {
        #expect(MandatoryAccessControlCollector.configuredMode(Array(text.utf8)) == mode)
    }

    @Test(arguments: ["", "2", "yes", "\u{0}"])
    func anEnforceFileThatIsNotUnderstoodIsUnknown(text: String) async throws {
        #expect(await (try selinux(text)).state(.mandatoryAccessControl)?.isUnknown == true)
    }

    @Test func aContainerThatHidesSELinuxIsNotOneWithoutIt() async throws {
        let machine = try machine("capability,selinux")
        machine.write("/run/systemd/container", "docker\n")
        #expect(await machine.state(.mandatoryAccessControl)?.isUnknown == true)
    }

    private func apparmor(_ enabled: String = "Y", profiles: String? = nil, mode: String? = nil) throws
        -> MachineFixture
    {
        let machine = try machine()
        machine.write("/sys/module/apparmor/parameters/enabled", enabled + "\n")
        if let mode { machine.write("/sys/module/apparmor/parameters/mode", mode + "\n") }
        if let profiles { machine.write("\(Self.security)/apparmor/profiles", profiles) }
        return machine
    }

    @Test func apparmorCountsWithAnEnforcedProfile() async throws {
        let profiles = "/usr/bin/man (enforce)\n/usr/sbin/cupsd (complain)\n"
        #expect(await (try apparmor(profiles: profiles)).state(.mandatoryAccessControl) == .known(.string("apparmor")))
    }

    /// What everybody may see: a folder for each profile, with its mode.
    private func folders(_ modes: [String: String]) throws -> MachineFixture {
        let machine = try apparmor()
        try machine.folder(AppArmorProfiles.folder)
        for (name, mode) in modes { machine.write("\(AppArmorProfiles.folder)/\(name)/mode", mode + "\n") }
        return machine
    }

    @Test func withoutRootsListTheFoldersOfTheProfilesTell() async throws {
        let some = try folders(["man.12": "enforce", "usr.sbin.cupsd.3": "complain"])
        let reading = try #require(await some.reading(.mandatoryAccessControl))
        #expect(reading.state == .known(.string("apparmor")))
        #expect(reading.evidence.contains { $0.hasSuffix("such as man") })
        let complaining = try folders(["usr.sbin.cupsd.3": "complain", "firefox.7": "unconfined"])
        #expect(await complaining.state(.mandatoryAccessControl) == .known(.string("none")))
        #expect(await (try folders([:])).state(.mandatoryAccessControl) == .known(.string("none")))
        #expect(await (try folders(["man.12": "forced"])).state(.mandatoryAccessControl)?.isUnknown == true)
    }

    /// Many kernels have it built in and active on distributions that ship neither loader nor profiles.
    @Test func activeAppArmorWithoutALoaderIsNone() async throws {
        let machine = try apparmor()
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("none")))
        machine.write("/usr/sbin/apparmor_parser", "")
        #expect(await machine.state(.mandatoryAccessControl)?.isUnknown == true)
    }

    @Test(arguments: ["", "/usr/bin/man (complain)\n/usr/bin/x (unconfined)\n"])
    func apparmorWithoutAnEnforcedProfileIsNone(profiles: String) async throws {
        #expect(await (try apparmor(profiles: profiles)).state(.mandatoryAccessControl) == .known(.string("none")))
    }

    @Test(arguments: ["nonsense\n", "/usr/bin/man (enforce", "/usr/bin/man (allowed)\n", "\u{0}\u{1}"])
    func aListOfProfilesThatIsNotUnderstoodIsUnknown(profiles: String) async throws {
        #expect(await (try apparmor(profiles: profiles)).state(.mandatoryAccessControl)?.isUnknown == true)
    }

    @Test func apparmorInComplainModeIsNone() async throws {
        let profiles = "/usr/bin/man (enforce)\n"
        let machine = try apparmor(profiles: profiles, mode: "complain")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("none")))
        #expect(
            await (try apparmor(profiles: profiles, mode: "enforce")).state(.mandatoryAccessControl)
                == .known(.string("apparmor")))
    }

    @Test func disabledAppArmorIsNone() async throws {
        #expect(await (try apparmor("N")).state(.mandatoryAccessControl) == .known(.string("none")))
        #expect(await (try apparmor("maybe")).state(.mandatoryAccessControl)?.isUnknown == true)
    }

    @Test func apparmorThatIsBuiltInButNotActiveIsNone() async throws {
        let machine = try apparmor()
        machine.write("\(Self.security)/lsm", "lockdown,capability,yama")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("none")))
    }

    @Test func tomoyoIsListedByKernelsThatNeverLoadAPolicyOfIt() async throws {
        let machine = try machine("capability,tomoyo")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("none")))
        machine.write("/sbin/tomoyo-init", "")
        #expect(await machine.state(.mandatoryAccessControl)?.isUnknown == true)
        machine.write("\(Self.security)/tomoyo/profile", "0-CONFIG={ mode=disabled grant_log=yes }\n")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("none")))
        machine.write("\(Self.security)/tomoyo/profile", "3-CONFIG={ mode=enforcing grant_log=yes }\n")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("tomoyo")))
    }

    @Test func smackIsEnforcedWhereItIsActive() async throws {
        let machine = try machine("capability,smack")
        #expect(await machine.state(.mandatoryAccessControl)?.isUnknown == true)
        machine.write("/sys/fs/smackfs/load2", "")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("smack")))
    }

    @Test func withoutAListOnlyAYesIsCertain() async throws {
        let machine = try machine(nil)
        #expect(await machine.state(.mandatoryAccessControl)?.isUnknown == true)
        machine.write("/sys/fs/selinux/enforce", "0")
        #expect(await machine.state(.mandatoryAccessControl)?.isUnknown == true)
        machine.write("/sys/fs/selinux/enforce", "1")
        #expect(await machine.state(.mandatoryAccessControl) == .known(.string("selinux")))
    }

    // MARK: - Taint

    private func taint(_ text: String) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write(TaintFlags.path, text)
        return machine
    }

    @Test func anUntaintedKernelHasNoFlags() async throws {
        let machine = try taint("0\n")
        #expect(await machine.state(.kernelTaint) == .known(.strings([])))
        #expect(await machine.state(.kernelTainted) == .known(.boolean(false)))
    }

    @Test func theFlagsOfAProprietaryDriverCount() async throws {
        let machine = try taint("12289\n")
        #expect(
            await machine.state(.kernelTaint)
                == .known(
                    .strings(["E=unsigned module", "O=module from outside the kernel", "P=proprietary module"])))
        #expect(await machine.state(.kernelTainted) == .known(.boolean(true)))
    }

    @Test func warningsAndLivePatchesAreNoTamperedCode() async throws {
        let machine = try taint("\(1 << 9 | 1 << 14 | 1 << 15)\n")
        #expect(
            await machine.state(.kernelTaint)
                == .known(.strings(["K=live patch", "L=processor was stuck", "W=warning"])))
        #expect(await machine.state(.kernelTainted) == .known(.boolean(false)))
    }

    @Test func flagsOfKernelsToComeAreTold() async throws {
        #expect(
            await (try taint("\(UInt64(1) << 40)\n")).state(.kernelTaint) == .known(.strings(["bit40=not known"])))
        #expect(TaintFlags(parsing: Array("18446744073709551615".utf8))?.numbers.count == 64)
    }

    @Test(arguments: ["", "\n", "-1\n", "+0", "0x1000\n", "1 2", "P", "18446744073709551616", "\u{0}", "0.0"])
    func aNumberThatIsNoneIsUnknown(text: String) async throws {
        #expect(await (try taint(text)).state(.kernelTaint)?.isUnknown == true)
        #expect(await (try taint(text)).state(.kernelTainted)?.isUnknown == true)
    }
}
