// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import Foundation
import TOMLConfiguration
import TestSupport
import Testing

@testable import AgentConfiguration

/// The administrator's files: what they say together, and what is refused.
@Suite struct AgentConfigurationTests {
    private static let whole = """
        locked = ["organizations", "pinentry.program"]
        [[organizations]]
        address = "https://id.example.com"
        name = "Example AG"
        user = "%u@example.com"
        proof = "code"
        key = "tpm"
        possession_key = "software"
        user_verification = "fingerprint"
        [loopback]
        ports = [5000, 5001]
        [pinentry]
        program = "/usr/bin/pinentry-qt"
        [network]
        authorities = "/etc/ssl/example.pem"
        [log]
        level = "debug"
        [custom_checks]
        organizations = ["https://id.example.com", "http://localhost:8800", "https://[2001:db8::1]:8443"]
        timeout_millis = 500
        osquery = { program = "/opt/osquery/bin/osqueryi", tables = ["os_version", "mounts"] }
        """

    @Test("without files everything has its default") func defaults() throws {
        let configuration = try ConfiguredMachine().read()
        #expect(configuration == AgentConfiguration())
        #expect(configuration.customChecks == nil)
        #expect(configuration.locked.isEmpty)
    }

    @Test("all keys are read, and known by their lines") func everything() throws {
        let configuration = try ConfiguredMachine(Self.whole).read()
        var organization = OfferedOrganization(address: "https://id.example.com")
        organization.name = "Example AG"
        organization.user = "%u@example.com"
        organization.proof = .code
        organization.key = .tpm
        organization.possessionKey = .software
        organization.verification = .fingerprint
        #expect(configuration.organizations == [organization])
        #expect(organization.user(login: "ada") == "ada@example.com")
        #expect(configuration.ports == [5000, 5001])
        #expect(configuration.pinentry == "/usr/bin/pinentry-qt")
        #expect(configuration.authorities == "/etc/ssl/example.pem")
        #expect(configuration.logLevel == .debug)
        #expect(configuration.locked == [.organizations, .pinentryProgram])
        let checks = try #require(configuration.customChecks)
        #expect(checks.allows("https://[2001:db8::1]:8443"))
        #expect(!checks.allows("https://id.example.org"))
        #expect(checks.timeoutMillis == 500)
        #expect(
            checks.osquery == OsquerySettings(program: "/opt/osquery/bin/osqueryi", tables: ["os_version", "mounts"]))
        let file = AgentConfiguration.path
        #expect(configuration.sources["loopback.ports"] == AgentConfiguration.Source(file: file, line: 11))
        #expect(
            configuration.sources["organizations.https://id.example.com"]
                == AgentConfiguration.Source(file: file, line: 2))
        #expect(configuration.sources["custom_checks.osquery.tables"]?.line == 21)
        #expect(configuration.sources["log.levels"] == nil)
    }

    @Test("drop-ins are read in the order of their names, and the later wins") func dropIns() throws {
        let machine = try ConfiguredMachine(
            Self.whole,
            dropIns: [
                "20-site.toml": "loopback.ports = [6000]\n[[organizations]]\naddress = \"https://b.example\"",
                "10-base.toml": "[log]\nlevel = \"error\"\n[loopback]\nports = [7000]\n",
                "30-off.toml":
                    "locked = [\"log.level\"]\n[custom_checks]\nenabled = false\n[[organizations]]\n"
                    + "address = \"https://id.example.com\"\nkey = \"piv\"",
                "README": "not TOML", ".hidden.toml": "not TOML", "old.toml~": "not TOML",
            ])
        let configuration = try machine.read()
        #expect(configuration.ports == [6000])
        #expect(configuration.logLevel == .error)
        #expect(configuration.customChecks == nil)
        #expect(configuration.organizations.map(\.address) == ["https://id.example.com", "https://b.example"])
        #expect(configuration.organizations[0].key == .piv)
        #expect(configuration.organizations[0].name == nil)
        #expect(configuration.locked == [.organizations, .pinentryProgram, .logLevel])
        #expect(configuration.sources["loopback.ports"]?.file == "/etc/countersign/agent.toml.d/20-site.toml")
    }

    @Test("a drop-in is read without the file that it adds to") func dropInAlone() throws {
        #expect(try ConfiguredMachine(dropIns: ["a.toml": "loopback.ports = [6000]"]).read().ports == [6000])
    }

    @Test("a file that somebody else may have written is refused, and so is one that is no plain file")
    func ownership() throws {
        for mode: UInt32 in [0o664, 0o646, 0o666] {
            let machine = try ConfiguredMachine(dropIns: [:])
            try machine.write("[log]\nlevel = \"debug\"", to: AgentConfiguration.path, mode: mode)
            #expect(machine.refusal()?.problem == "/etc/countersign/agent.toml can be written by others than root")
        }
        let folder = try ConfiguredMachine(dropIns: ["a.toml": ""])
        #expect(chmod(folder.folder.path + AgentConfiguration.dropInFolder, 0o777) == 0)
        #expect(folder.refusal()?.problem == "/etc/countersign/agent.toml.d can be written by others than root")
        let stranger = try ConfiguredMachine("")
        #expect(stranger.refusal(trusting: getuid() + 1)?.problem.hasSuffix("does not belong to root") == true)
        let link = try ConfiguredMachine(dropIns: ["other.toml": ""])
        #expect(symlink("agent.toml.d/other.toml", link.folder.path + AgentConfiguration.path) == 0)
        #expect(link.refusal()?.problem == "/etc/countersign/agent.toml is a symbolic link")
        let pipe = try ConfiguredMachine(dropIns: ["b.toml": ""])
        #expect(mkfifo(pipe.folder.path + AgentConfiguration.dropInFolder + "/a.toml", 0o644) == 0)
        #expect(pipe.refusal()?.problem == "/etc/countersign/agent.toml.d/a.toml is not a plain file")
    }

    @Test("files have bounds") func bounds() throws {
        let long = try ConfiguredMachine(String(repeating: "#", count: AgentConfigurationReader.maximumLength + 1))
        #expect(long.refusal()?.problem.contains("longer than 65536 bytes") == true)
        let longest = try ConfiguredMachine(String(repeating: "#", count: AgentConfigurationReader.maximumLength))
        #expect(try longest.read() == AgentConfiguration())
        let many = try ConfiguredMachine(
            dropIns: Dictionary(
                uniqueKeysWithValues: (0...AgentConfigurationReader.mostDropIns).map { ("\($0).toml", "") }))
        #expect(many.refusal()?.problem.contains("more than 64 files") == true)
        let bytes = try ConfiguredMachine("")
        try Data([0x23, 0xFF]).write(to: URL(filePath: bytes.folder.path + AgentConfiguration.path))
        #expect(bytes.refusal()?.problem == "/etc/countersign/agent.toml is not UTF-8 text")
    }

    @Test("what no file alone shows to be wrong is refused") func together() throws {
        let enabled = try ConfiguredMachine("[custom_checks]\nenabled = true")
        #expect(
            enabled.refusal()?.description.hasPrefix("/etc/countersign/agent.toml, line 2: 'custom_checks.enabled'")
                == true)
        let program = try ConfiguredMachine("custom_checks.osquery.program = \"/usr/bin/osqueryi\"")
        #expect(program.refusal()?.key == "custom_checks.osquery.program")
        let tables = try ConfiguredMachine("custom_checks.osquery.tables = [\"mounts\"]")
        #expect(tables.refusal()?.key == "custom_checks.osquery.tables")
        let nobody = try ConfiguredMachine("locked = [\"organizations\"]")
        #expect(nobody.refusal()?.key == "locked")
        #expect(
            try ConfiguredMachine(
                "custom_checks.osquery.program = \"/usr/bin/osqueryi\"",
                dropIns: ["a.toml": "custom_checks.osquery.tables = [\"mounts\"]"]
            ).read().customChecks == nil)
    }
}
