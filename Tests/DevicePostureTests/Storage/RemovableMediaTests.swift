// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// What becomes of a disk that is plugged in.
@Suite struct RemovableMediaTests {
    /// A machine with a root hub and nothing that forbids anything.
    private func machine(_ hubs: [String] = ["1"]) throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/sys/bus/usb/devices")
        try machine.folder("/usr/bin")
        for (index, value) in hubs.enumerated() {
            machine.write("/sys/bus/usb/devices/usb\(index + 1)/authorized_default", value + "\n")
        }
        return machine
    }

    private func value(_ key: String, _ machine: MachineFixture) async -> String? {
        await machine.texts(.removableMediaPolicy)?.first { $0.hasPrefix(key + "=") }.map {
            String($0.dropFirst(key.count + 1))
        }
    }

    @Test func openMachineIsOpen() async throws {
        #expect(
            await (try machine()).texts(.removableMediaPolicy)
                == [
                    "automount=unknown", "mounting=unknown", "usbAuthorization=all", "usbStorage=allowed",
                    "usbguard=absent",
                ])
    }

    // MARK: - Modules

    @Test(
        arguments: [
            ("install usb-storage /bin/true\n", "blocked"), ("install usb_storage /bin/false\n", "blocked"),
            ("  install usb-storage /usr/sbin/nologin\n", "blocked"), ("install usb-storage :\n", "blocked"),
            ("install usb-storage \\\n  /bin/true\n", "blocked"),
            ("install usb-storage /usr/local/bin/ask\n", "allowed"),
            ("install usb-storage /sbin/modprobe --ignore-install usb-storage\n", "allowed"),
            ("install usb-storage /bin/true; modprobe x\n", "allowed"), ("#install usb-storage /bin/true\n", "allowed"),
            ("# blacklist usb-storage\n", "allowed"), ("blacklist usb-storage-extra\n", "allowed"),
            ("blacklist usb-storage\n", "allowed"), ("blacklist uas\n", "allowed"),
            ("install uas /bin/true\n", "allowed"),
            ("blacklist usb-storage\nblacklist uas\n", "blacklisted"),
            ("blacklist usb-storage\ninstall uas /bin/true\n", "blacklisted"),
            ("install\ninstall usb-storage\n", "allowed"),
            ("", "allowed"),
        ] as [(String, String)])
    func rulesOfModprobeAreReadAsModprobeReadsThem(text: String, expected: String) async throws {
        let machine = try machine()
        machine.write("/etc/modprobe.d/usb.conf", text)
        #expect(await value("usbStorage", machine) == expected)
    }

    @Test(
        arguments: [
            ("module_blacklist=usb_storage", "blocked"), ("module_blacklist=a,usb-storage,b", "blocked"),
            ("modprobe.blacklist=usb-storage,uas", "blacklisted"), ("modprobe.blacklist=usb-storage", "allowed"),
            ("xmodule_blacklist=usb_storage", "allowed"),
        ] as [(String, String)])
    func startArgumentsAreRulesToo(arguments: String, expected: String) async throws {
        let machine = try machine()
        machine.write("/proc/cmdline", "quiet \(arguments)\n")
        #expect(await value("usbStorage", machine) == expected)
    }

    @Test func fileHidesTheFileOfItsNameInALaterFolder() async throws {
        let machine = try machine()
        machine.write("/usr/lib/modprobe.d/usb.conf", "install usb-storage /bin/true\n")
        #expect(await value("usbStorage", machine) == "blocked")
        machine.write("/etc/modprobe.d/usb.conf", "")
        #expect(await value("usbStorage", machine) == "allowed")
        machine.remove("/etc/modprobe.d/usb.conf")
        machine.write("/dev/null", "")
        machine.link("/etc/modprobe.d/usb.conf", to: "/dev/null")
        #expect(await value("usbStorage", machine) == "allowed")
        machine.write("/etc/modprobe.d/usb.txt", "install usb-storage /bin/true\n")
        #expect(await value("usbStorage", machine) == "allowed")
    }

    @Test func driverThatIsThereInSpiteOfItsRuleIsNotBlocked() async throws {
        let machine = try machine()
        machine.write("/etc/modprobe.d/usb.conf", "install usb-storage /bin/true\n")
        try machine.folder("/sys/module/usb_storage")
        #expect(await value("usbStorage", machine) == "allowed")
    }

    @Test func rulesThatCannotBeReadAreUnknown() async throws {
        let machine = try machine()
        machine.link("/etc/modprobe.d/usb.conf", to: "usb.conf")
        #expect(await value("usbStorage", machine) == "unknown")
    }

    // MARK: - Kernel and USBGuard

    @Test(
        arguments: [
            (["1", "1"], "all"), (["0", "1"], "all"), (["0", "0"], "none"), (["0", "2"], "internal"),
            (["2"], "internal"),
            (["-1"], "unknown"), ([], "unknown"), ([""], "unknown"),
        ] as [([String], String)])
    func hubThatLetsEverythingInDecides(hubs: [String], expected: String) async throws {
        let machine = try machine(hubs)
        #expect(await value("usbAuthorization", machine) == expected)
    }

    @Test func usbguardRunsWhereItHasAControlGroup() async throws {
        let machine = try machine()
        machine.write("/usr/sbin/usbguard-daemon", "")
        #expect(await value("usbguard", machine) == "unknown")
        try machine.folder("/run/systemd/system")
        #expect(await value("usbguard", machine) == "stopped")
        try machine.folder("/sys/fs/cgroup/system.slice/usbguard.service")
        #expect(await value("usbguard", machine) == "running")
    }

    // MARK: - polkit and the desktop

    @Test(
        arguments: [
            (.success([]), "allowed"), (.failure(.ended(status: 1)), "denied"), (.failure(.ended(status: 2)), "asks"),
            (.failure(.ended(status: 127)), "unknown"), (.failure(.ended(status: -15)), "unknown"),
            (.failure(.timedOut), "unknown"), (.failure(.tooMuchOutput), "unknown"),
            (.failure(.notInstalled), "unknown"),
        ] as [(Result<[UInt8], CommandFailure>, String)])
    func polkitSaysWhoMayMount(answer: Result<[UInt8], CommandFailure>, expected: String) async throws {
        let machine = try machine()
        try machine.folder("/sys/fs/cgroup/system.slice/polkit.service")
        machine.commands = FixedCommands(answers: [.checkMountingRight: answer])
        #expect(await value("mounting", machine) == expected)
    }

    @Test func polkitIsNotStartedForIt() async throws {
        let machine = try machine()
        machine.commands = FixedCommands(answers: [.checkMountingRight: .success([])])
        #expect(await value("mounting", machine) == "unknown")
    }

    @Test(
        arguments: [
            ("GNOME", "org.gnome.desktop.media-handling automount true\n", "on"),
            ("GNOME", "org.gnome.desktop.media-handling automount false\n", "off"),
            ("GNOME", "org.gnome.desktop.media-handling automount-open true\n", "unknown"),
            ("X-Cinnamon", "org.gnome.desktop.media-handling automount false\n", "unknown"), ("KDE", "", "unknown"),
        ] as [(String, String, String)])
    func desktopSaysWhetherItMounts(desktop: String, output: String, expected: String) async throws {
        let machine = try machine()
        machine.environment["XDG_CURRENT_DESKTOP"] = desktop
        machine.commands = FixedCommands(
            answers: [
                .listSettings(.gnomeMediaHandling): .success(Array(output.utf8)),
                .listSettings(.cinnamonMediaHandling): .success(Array(output.utf8)),
            ])
        #expect(await value("automount", machine) == expected)
    }

    @Test func serverWithoutADesktopMountsNothingByItself() async throws {
        let machine = try machine()
        try machine.folder("/run/systemd/sessions")
        #expect(await value("automount", machine) == nil)
        #expect(await value("usbStorage", machine) == "allowed")
    }

    // MARK: - Elsewhere

    @Test func machineWithoutUSBAndContainersHaveNoPolicy() async throws {
        let bare = try MachineFixture()
        try bare.folder("/sys/bus/pci")
        #expect(await bare.state(.removableMediaPolicy)?.isNotApplicable == true)
        let container = try machine()
        container.write("/run/systemd/container", "lxc\n")
        #expect(await container.state(.removableMediaPolicy)?.isNotApplicable == true)
        let windows = try machine()
        windows.write("/proc/sys/kernel/osrelease", "5.15-microsoft-standard-WSL2\n")
        #expect(await windows.state(.removableMediaPolicy)?.isNotApplicable == true)
        let sandbox = try machine()
        sandbox.write("/.flatpak-info", "")
        #expect(await sandbox.state(.removableMediaPolicy)?.isUnknown == true)
    }
}
