// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AgentConfiguration
import TOMLConfiguration
import Testing

/// What is wrong in a file is an error with file, line and column.
@Suite struct ConfigurationFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let key: String?
        let line: Int
        let text: String
        var testDescription: String { text }

        init(_ key: String?, _ line: Int, _ text: String) {
            self.key = key
            self.line = line
            self.text = text
        }
    }

    private static func organization(_ key: String, _ lines: String) -> Fault {
        Fault("organizations[0].\(key)", 3, "[[organizations]]\naddress = \"https://id.example.com\"\n\(lines)")
    }
    private static func checks(_ key: String, _ lines: String) -> Fault {
        Fault("custom_checks.\(key)", 2, "[custom_checks]\n\(lines)")
    }

    private static let faults: [Fault] = [
        Fault(nil, 2, "\n= 1"),
        Fault("colour", 1, "colour = \"red\""),
        Fault("log.colour", 2, "[log]\ncolour = \"red\""),
        Fault("log.level", 2, "[log]\nlevel = 7"),
        Fault("log.level", 2, "[log]\nlevel = \"loud\""),
        Fault("log", 1, "log = \"debug\""),
        Fault("loopback.ports", 1, "loopback.ports = [80]"),
        Fault("loopback.ports", 1, "loopback.ports = [65536]"),
        Fault("loopback.ports", 1, "loopback.ports = []"),
        Fault("loopback.ports", 1, "loopback.ports = [5000, 5000]"),
        Fault("loopback.ports", 1, "loopback.ports = \(Array(5000...5016))"),
        Fault("loopback.ports", 1, "loopback.ports = [\"5000\"]"),
        Fault("loopback.port", 1, "loopback.port = 5000"),
        Fault("pinentry.program", 1, "pinentry.program = \"pinentry-qt\""),
        Fault("pinentry.program", 1, "pinentry.program = \"\""),
        Fault("pinentry.colour", 1, "pinentry.colour = 1"),
        Fault("network.authorities", 1, "network.authorities = \"ca.pem\""),
        Fault("network.proxy", 1, "network.proxy = \"x\""),
        Fault("locked", 1, "locked = [\"custom_checks.organizations\"]"),
        Fault("locked", 1, "locked = \"log.level\""),
        Fault("organizations", 1, "organizations = [\"https://id.example.com\"]"),
        Fault("organizations[0].address", 1, "[[organizations]]\nname = \"Example\""),
        Fault("organizations[0].address", 2, "[[organizations]]\naddress = \"id.example.com\""),
        Fault("organizations[0].address", 2, "[[organizations]]\naddress = \"https://id.example.com/\""),
        Fault("organizations[0].address", 2, "[[organizations]]\naddress = \"http://id.example.com\""),
        Fault(
            "organizations[1].address", 4,
            "[[organizations]]\naddress = \"https://a.example\"\n[[organizations]]\naddress = \"https://a.example\""),
        organization("key", "key = \"gold\""), organization("proof", "proof = \"trust\""),
        organization("user_verification", "user_verification = \"face\""),
        organization("keys", "keys = \"tpm\""), organization("name", "name = \"a\\nb\""),
        organization("possession_key", "possession_key = \"fido2\""),
        organization("user_verification", "user_verification = \"none\"\nkey = \"piv\""),
        organization("user_verification", "user_verification = \"fingerprint\"\nkey = \"fido2\""),
        checks("organizations", "organizations = []"), checks("organizations", "organizations = [1]"),
        checks("organizations", "organizations = [\"id.example.com\"]"),
        checks("organizations", "organizations = [\"https://id.example.com/\"]"),
        checks("organizations", "organizations = [\"https://*\"]"),
        checks("organizations", "organizations = [\"HTTPS://id.example.com\"]"),
        checks("organizations", "organizations = [\"https://u@id.example.com\"]"),
        checks("organizations", "organizations = [\"https://id.example.com:443\"]"),
        checks("organizations", "organizations = \"https://id.example.com\""),
        checks("enabled", "enabled = \"yes\""), checks("timeout_millis", "timeout_millis = 99"),
        checks("timeout_millis", "timeout_millis = 10001"), checks("timeoutMillis", "timeoutMillis = 2000"),
        checks("osquery", "osquery = \"/usr/bin/osqueryi\""),
        checks("osquery.program", "osquery.program = \"/tmp/osqueryi\""),
        checks("osquery.tables", "osquery.tables = []"), checks("osquery.tables", "osquery.tables = [\"a,b\"]"),
        checks("osquery.flags", "osquery.flags = [\"-x\"]"),
    ]

    @Test("a fault is told with file, key, line and column, and nothing of the files counts", arguments: faults)
    func refusals(fault: Fault) throws {
        let error = try #require(try ConfiguredMachine(fault.text).refusal())
        #expect(error.file == AgentConfiguration.path)
        #expect(error.key == fault.key, "\(error)")
        #expect(error.line == fault.line, "\(error)")
        #expect(error.column != nil)
        var configuration = AgentConfiguration()
        #expect(throws: (any Error).self) { try configuration.apply(fault.text, file: "x") }
        #expect(configuration == AgentConfiguration())
    }
}
