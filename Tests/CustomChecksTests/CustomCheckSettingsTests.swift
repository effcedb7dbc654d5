// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AgentConfiguration
import DevicePosture
import DeviceSignals
import Foundation
import Glibc
import Testing

@testable import CustomChecks

/// What the administrator of the device allows; without a word of theirs, nothing.
@Suite struct CustomCheckSettingsTests {
    private static let query = "SELECT 1;"

    @Test("nothing is run without the file") func off() async throws {
        let machine = try CheckMachine(settings: nil)
        #expect(await machine.reason(Self.query) == "custom checks are not switched on on this device")
        #expect(await machine.runner.standing() == .off)
        #expect(machine.reads.isEmpty)
    }

    @Test(
        "checks of an organisation that the file lists are run, and no others",
        arguments: [
            "https://id.example.org", "https://id.example.com.evil.org", "https://id.example.com:8443",
            "http://id.example.com", "https://ID.example.com", "https://id.example.com/", "",
        ])
    func organizations(origin: String) async throws {
        let machine = try CheckMachine()
        #expect(await machine.value(Self.query) == "1")
        #expect(
            await machine.reason(Self.query, for: origin) == "this device runs no custom checks of this organisation")
    }

    @Test("a file that somebody else may have written is not used") func owner() async throws {
        for mode: UInt32 in [0o664, 0o646, 0o666] {
            let machine = try CheckMachine(settings: nil)
            try machine.write(CheckMachine.allowing, to: CheckMachine.settings, mode: mode)
            #expect(await machine.reason(Self.query)?.contains("can be written by others") == true)
        }
        let folder = try CheckMachine()
        #expect(chmod(folder.root + "/etc/countersign", 0o777) == 0)
        #expect(await folder.reason(Self.query)?.contains("can be written by others") == true)
        let machine = try CheckMachine()
        let stranger = CustomCheckSettings.read(in: .files(below: machine.root), trusting: getuid() + 1)
        guard case .unusable(let reason) = stranger else {
            Issue.record("\(stranger)")
            return
        }
        #expect(reason.contains("does not belong to root"))
    }

    @Test("a link, a pipe and a folder are not used") func kinds() async throws {
        let machine = try CheckMachine(settings: nil)
        try machine.write(CheckMachine.allowing, to: "/etc/countersign/other.toml")
        let path = machine.root + CheckMachine.settings
        #expect(symlink("other.toml", path) == 0)
        #expect(await machine.reason(Self.query)?.contains("symbolic link") == true)
        unlink(path)
        #expect(mkfifo(path, 0o644) == 0)
        #expect(await machine.reason(Self.query)?.contains("not a plain file") == true)
        unlink(path)
        #expect(mkdir(path, 0o755) == 0)
        #expect(await machine.reason(Self.query)?.contains("not a plain file") == true)
    }

    @Test(
        "a file that is not understood whole is not used, whatever is wrong in it",
        arguments: [
            "[custom_checks", "[custom_checks]\norganizations = []", "log.level = 1\n" + CheckMachine.allowing,
            "colour = 1\n" + CheckMachine.allowing, CheckMachine.allowing + "flags = 1",
        ])
    func malformed(text: String) async throws {
        let machine = try CheckMachine(settings: text)
        guard case .unusable(let reason) = await machine.runner.standing() else {
            Issue.record("\(text) is taken")
            return
        }
        #expect(reason.hasPrefix("/etc/countersign/agent.toml, line "))
        #expect(await machine.reason(Self.query) == reason)
    }

    @Test("a drop-in switches checks off") func dropIn() async throws {
        let machine = try CheckMachine()
        #expect(await machine.value(Self.query) == "1")
        try machine.write("custom_checks.enabled = false", to: "/etc/countersign/agent.toml.d/off.toml")
        #expect(await machine.runner.standing() == .off)
    }

    @Test("the file of before is not read, and said to be in vain") func former() async throws {
        let machine = try CheckMachine(settings: nil)
        try machine.write(
            #"{"organizations": ["https://id.example.com"]}"#, to: "/etc/countersign/custom-checks.json")
        #expect(
            await machine.reason(Self.query)?.hasPrefix("/etc/countersign/custom-checks.json is not read any more")
                == true)
        try machine.write(CheckMachine.allowing, to: CheckMachine.settings)
        #expect(await machine.value(Self.query) == "1")
    }

    @Test("the program of osquery that is missing is told") func program() async throws {
        let machine = try CheckMachine(
            settings: CheckMachine.allowing
                + "osquery = { program = \"/opt/osquery/bin/osqueryi\", tables = [\"os_version\"] }")
        guard case .on(let settings) = await machine.runner.standing() else { throw CancellationError() }
        #expect(settings.missingProgram == "/opt/osquery/bin/osqueryi")
    }
}
