// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
        try machine.write(CheckMachine.allowing, to: "/etc/countersign/other.json")
        let path = machine.root + CheckMachine.settings
        #expect(symlink("other.json", path) == 0)
        #expect(await machine.reason(Self.query)?.contains("symbolic link") == true)
        unlink(path)
        #expect(mkfifo(path, 0o644) == 0)
        #expect(await machine.reason(Self.query)?.contains("not a plain file") == true)
        unlink(path)
        #expect(mkdir(path, 0o755) == 0)
        #expect(await machine.reason(Self.query)?.contains("not a plain file") == true)
    }

    @Test(
        "a file that is not understood whole is not used",
        arguments: [
            "", "{", "[]", "{}", #"{"organizations": []}"#, #"{"organizations": ["id.example.com"]}"#,
            #"{"organizations": ["https://id.example.com/"]}"#, #"{"organizations": ["https://*"], "x": 1}"#,
            #"{"organizations": ["https://id.example.com"], "organisations": []}"#,
            #"{"organizations": ["HTTPS://id.example.com"]}"#, #"{"organizations": ["https://u@id.example.com"]}"#,
            #"{"organizations": ["https://id.example.com:443"]}"#, #"{"organizations": ["http://id.example.com:80"]}"#,
            #"{"organizations": ["https://id.example.com:08443"]}"#, #"{"organizations": ["https://id.example.com:"]}"#,
            #"{"organizations": ["https://id.example.com:+1"]}"#, #"{"organizations": ["https://*.example.com"]}"#,
            #"{"organizations": ["https://a,b"]}"#, #"{"organizations": ["https://:8443"]}"#,
            #"{"organizations": ["https://[::g]"]}"#, #"{"organizations": ["https://a:1:2"]}"#,
            #"{"organizations": [1]}"#, #"{"organizations": "https://id.example.com"}"#,
            #"{"organizations": ["https://id.example.com"], "timeoutMillis": 99}"#,
            #"{"organizations": ["https://id.example.com"], "timeoutMillis": 10001}"#,
            #"{"organizations": ["https://id.example.com"], "timeoutMillis": "2000"}"#,
            #"{"organizations": ["https://id.example.com"], "osquery": "/usr/bin/osqueryi"}"#,
            #"{"organizations": ["https://id.example.com"], "osquery": {"program": "/tmp/osqueryi", "tables": ["a"]}}"#,
            #"{"organizations": ["https://id.example.com"], "osquery": {"program": "/usr/bin/osqueryi"}}"#,
            #"{"organizations": ["https://id.example.com"], "osquery": {"program": "/usr/bin/osqueryi", "tables": []}}"#,
            #"{"organizations": ["https://id.example.com"], "osquery": {"program": "/usr/bin/osqueryi", "tables": ["a,b"]}}"#,
            #"{"organizations": ["https://id.example.com"], "osquery": {"program": "/usr/bin/osqueryi", "tables": ["a"], "flags": ["-x"]}}"#,
        ])
    func malformed(text: String) async throws {
        let machine = try CheckMachine(settings: text)
        guard case .unusable(let reason) = await machine.runner.standing() else {
            Issue.record("\(text) is taken")
            return
        }
        #expect(reason.hasPrefix("/etc/countersign/custom-checks.json "))
        #expect(await machine.reason(Self.query) == reason)
    }

    @Test("a file that is too long is not used") func length() async throws {
        let machine = try CheckMachine(settings: CheckMachine.allowing + String(repeating: " ", count: 16 * 1024))
        #expect(await machine.reason(Self.query)?.contains("longer than") == true)
    }

    @Test(
        "origins with a port or an address are taken",
        arguments: [
            "https://id.example.com:8443", "http://localhost:8800", "https://[::1]:8443", "https://[2001:db8::1]",
            "https://192.0.2.1",
            "http://a_b.example:443",
        ]) func origins(origin: String) throws
    {
        let settings = try CustomCheckSettings(parsing: Array(#"{"organizations": ["\#(origin)"]}"#.utf8))
        #expect(settings.allows(origin))
    }

    @Test("all members are read") func members() async throws {
        let machine = try CheckMachine(
            settings: #"""
                {"organizations": ["https://a.example", "http://localhost:8800"], "timeoutMillis": 500,
                 "osquery": {"program": "/opt/osquery/bin/osqueryi", "tables": ["os_version", "mounts"]}}
                """#)
        guard case .on(let settings) = await machine.runner.standing() else { throw CancellationError() }
        #expect(settings.organizations == ["https://a.example", "http://localhost:8800"])
        #expect(settings.timeoutMillis == 500)
        #expect(
            settings.osquery == OsquerySettings(program: "/opt/osquery/bin/osqueryi", tables: ["os_version", "mounts"]))
        #expect(settings.missingProgram == "/opt/osquery/bin/osqueryi")
    }
}
