// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import TOMLConfiguration
import Testing
import VerifierServer

@Suite struct MetricsConfigurationTests {
    private static func read(_ toml: String) throws -> VerifierConfiguration {
        try VerifierConfiguration(
            toml: """
                issuer = "https://id.example.com"
                organization = { id = "00oX", name = "Example" }
                \(toml)
                """, directory: "/etc/countersign")
    }

    @Test func nothingIsServedUnlessItIsSaid() throws {
        #expect(try Self.read("").metrics == nil)
    }

    @Test func theLoopbackIsTheDefault() throws {
        let metrics = try #require(try Self.read("[metrics]\nport = 9100").metrics)
        #expect(metrics.address == "127.0.0.1" && metrics.port == 9100)
        for (address, isAllowed) in [("127.0.0.1", true), ("127.3.2.1", true), ("::1", true), ("10.0.0.1", false)] {
            let parsed = try #require(IPAddress(address))
            #expect(metrics.allowed.contains { $0.contains(parsed) } == isAllowed)
        }
    }

    @Test(arguments: [
        ("[metrics]", "metrics.port"), ("[metrics]\nport = 0", "metrics.port"),
        ("[metrics]\nport = 9100\naddress = \"host\"", "metrics.address"),
        ("[metrics]\nport = 9100\naddress = \"0.0.0.0\"", "metrics.allowed"),
        ("[metrics]\nport = 9100\nallowed = [\"all\"]", "metrics.allowed"),
        ("[metrics]\nport = 9100\npath = \"/m\"", "metrics.path"), ("[metrics]\nport = 8800", "metrics.port"),
    ])
    func mistakesAreNamed(_ toml: String, _ key: String) throws {
        let error = try #require(throws: ConfigurationError.self) { _ = try Self.read(toml) }
        #expect("\(error)".contains(key), "\(error)")
    }

    @Test func otherAddressesNeedToSayWhoMayAsk() throws {
        let metrics = try #require(
            try Self.read("[metrics]\naddress = \"0.0.0.0\"\nport = 9100\nallowed = [\"10.0.0.5\"]").metrics)
        #expect(metrics.allowed == [try #require(IPAddressRange("10.0.0.5"))])
    }
}
