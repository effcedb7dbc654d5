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

@Suite struct ChildProcessTests {
    private func run(_ script: String, timeout: Duration = .seconds(10), limit: Int = 1024) -> Result<
        [UInt8], CommandFailure
    > {
        ChildProcess(
            program: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "A": "value"],
            timeout: timeout, outputLimit: limit
        ).run()
    }

    @Test func givesTheOutput() {
        #expect(run("printf %s \"$A\"; echo lost >&2") == .success(Array("value".utf8)))
    }

    @Test func givesNoInputAndNoOtherEnvironment() {
        #expect(run("cat; env | grep -c ^HOME= || true") == .success(Array("0\n".utf8)))
    }

    @Test func tellsHowItEnded() {
        #expect(run("exit 3") == .failure(.ended(status: 3)))
        #expect(run("kill -TERM $$") == .failure(.ended(status: -15)))
    }

    @Test(arguments: ["sleep 30", "exec >&-; sleep 30", "sleep 30 & sleep 30", "trap '' TERM; sleep 30"] as [String])
    func endsWhatTakesTooLong(script: String) {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(run(script, timeout: .milliseconds(200)) == .failure(.timedOut))
        #expect(clock.now - start < .seconds(10))
    }

    @Test func endsWhatWritesTooMuch() {
        #expect(run("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done") == .failure(.tooMuchOutput))
    }

    @Test func tellsAProgramThatIsNotThere() {
        let result = ChildProcess(program: "/nonexistent", arguments: [], environment: [:], timeout: .seconds(1)).run()
        #expect(result == .failure(.notStarted(errno: 2)))
    }

    @Test(arguments: Command.SettingsSchema.allCases)
    func commandsAreAbsoluteAndBounded(schema: Command.SettingsSchema) {
        let command = Command.listSettings(schema)
        #expect(command.programs.allSatisfy { $0.hasPrefix("/") })
        #expect(command.timeout <= .seconds(2))
        #expect(!command.variables.contains("GSETTINGS_BACKEND") && !command.variables.contains("LD_PRELOAD"))
    }
}
