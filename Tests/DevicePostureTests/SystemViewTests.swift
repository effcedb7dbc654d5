// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import DevicePosture

@Suite struct SystemViewTests {
    @Test func readsUpToTheLimitAndNeverCuts() throws {
        let machine = try MachineFixture()
        machine.write("/f", String(repeating: "x", count: 40000))
        #expect(try machine.system.read("/f", limit: 40000).count == 40000)
        #expect(throws: ReadFailure.tooLarge(limit: 39999)) { try machine.system.read("/f", limit: 39999) }
    }

    @Test func tellsAbsentFromOtherFailures() throws {
        let machine = try MachineFixture()
        machine.write("/file", "")
        #expect(throws: ReadFailure.absent) { try machine.system.read("/none") }
        #expect(throws: ReadFailure.absent) { try machine.system.read("/file/below") }
        #expect(throws: ReadFailure.wrongKind) { try machine.system.read("/sys") }
        #expect(throws: ReadFailure.absent) { try machine.system.list("/none") }
        #expect(try machine.system.exists("/none") == false)
        #expect(try machine.system.exists("/sys"))
        #expect(try machine.system.readIfPresent("/none") == nil)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/zero")))
    func doesNotReadDevices() throws {
        #expect(throws: ReadFailure.wrongKind) { try SystemView.live.read("/dev/zero") }
    }

    @Test func linksStayBelowTheRoot() throws {
        let machine = try MachineFixture()
        machine.write("/data/file", "inside")
        machine.link("/absolute", to: "/data/file")
        machine.link("/climbing", to: "../../../../../../../../../../data/file")
        machine.link("/chain", to: "absolute")
        for path in ["/absolute", "/climbing", "/chain", "/data/../../data/./file", "//data//file"] {
            #expect(try machine.system.canonical(path) == "/data/file")
            #expect(try machine.system.text(path) == "inside")
        }
    }

    @Test func linksInACircleFail() throws {
        let machine = try MachineFixture()
        machine.link("/a", to: "b")
        machine.link("/b", to: "/a")
        #expect(throws: ReadFailure.self) { try machine.system.canonical("/a") }
        #expect(throws: ReadFailure.self) { try machine.system.exists("/a") }
    }

    @Test func listsInOrderAndWithinTheLimit() throws {
        let machine = try MachineFixture()
        for name in ["b", "a", ".c"] { machine.write("/l/\(name)", "") }
        #expect(try machine.system.list("/l") == [".c", "a", "b"])
        #expect(throws: ReadFailure.tooLarge(limit: 2)) { try machine.system.list("/l", limit: 2) }
    }

    @Test func relativeConfigurationFoldersAreIgnored() {
        var system = SystemView(
            root: "/x", environment: ["XDG_CONFIG_HOME": "relative", "XDG_CONFIG_DIRS": "a:/etc/b:c"], home: "/h")
        #expect(system.configurationHome == "/h/.config")
        #expect(system.configurationFolders == ["/etc/b"])
        system.environment = [:]
        #expect(system.configurationFolders == ["/etc/xdg"])
    }

    @Test func plainFolderIsNotEncryptedByItsFileSystem() throws {
        let machine = try MachineFixture()
        #expect(machine.system.encryptsFolder("/home/alice") == false)
        #expect(machine.system.encryptsFolder("/home/nobody") == nil)
    }

    @Test func readsOnlyTheUsersProcesses() throws {
        let machine = try MachineFixture()
        machine.process(10, ["/usr/bin/swayidle", "-w"])
        machine.process(11, ["bash"])
        machine.write("/proc/12/cmdline", "")
        #expect(try OwnProcesses(in: machine.system).arguments(of: "swayidle") == [["-w"]])
        var other = machine.system
        other.userID = 99999
        #expect(try OwnProcesses(in: other).commandLines.isEmpty)
    }
}
