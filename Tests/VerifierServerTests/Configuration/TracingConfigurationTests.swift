// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TOMLConfiguration
import TestSupport
import Testing
import VerifierServer

@Suite struct TracingConfigurationTests {
    private static func read(_ toml: String, in directory: String = "/etc/countersign") throws -> VerifierConfiguration
    {
        try VerifierConfiguration(
            toml: """
                issuer = "https://id.example.com"
                organization = { id = "00oX", name = "Example" }
                \(toml)
                """, directory: directory)
    }

    @Test func nothingIsTracedUnlessItIsSaid() throws {
        #expect(try Self.read("").tracing == nil)
    }

    @Test(arguments: ["https://collector.example.com:4318/v1/traces", "http://127.0.0.1:4318/v1/traces"])
    func allIsTracedByDefault(_ endpoint: String) throws {
        let tracing = try #require(try Self.read("[tracing]\nendpoint = \"\(endpoint)\"").tracing)
        #expect(tracing.endpoint == endpoint && tracing.percent == 100 && tracing.authorization == nil)
    }

    @Test func theAuthorizationIsReadFromAFile() throws {
        let folder = try TemporaryFolder()
        try Data("Bearer t0ken\n".utf8).write(to: URL(filePath: folder.file("token")))
        let toml = "[tracing]\nendpoint = \"https://c.example\"\nauthorization_file = \"token\"\npercent = 5"
        let tracing = try #require(try Self.read(toml, in: folder.path).tracing)
        #expect(tracing.authorization == "Bearer t0ken" && tracing.percent == 5)
    }

    @Test(arguments: ["", "\n", "Bearer a\nX-Other: b", "Bearer \u{7}", "Bearer é"])
    func aHeaderThatIsNoneIsRefusedAndNotTold(_ text: String) throws {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: URL(filePath: folder.file("token")))
        let toml = "[tracing]\nendpoint = \"https://c.example\"\nauthorization_file = \"token\""
        let error = try #require(throws: ConfigurationError.self) { _ = try Self.read(toml, in: folder.path) }
        #expect("\(error)".contains("tracing.authorization_file") && !"\(error)".contains("Bearer a"))
    }

    @Test(arguments: [
        ("[tracing]", "tracing.endpoint"), ("[tracing]\nendpoint = \"collector\"", "tracing.endpoint"),
        ("[tracing]\nendpoint = \"http://collector.example/v1/traces\"", "tracing.endpoint"),
        ("[tracing]\nendpoint = \"https://c.example\"\npercent = 0", "tracing.percent"),
        ("[tracing]\nendpoint = \"https://c.example\"\npercent = 101", "tracing.percent"),
        ("[tracing]\nendpoint = \"https://c.example\"\nauthorization_file = \"nowhere\"", "tracing.authorization_file"),
        ("[tracing]\nendpoint = \"https://c.example\"\nheaders = \"a\"", "tracing.headers"),
    ])
    func mistakesAreNamed(_ toml: String, _ key: String) throws {
        let error = try #require(throws: ConfigurationError.self) { _ = try Self.read(toml) }
        #expect("\(error)".contains(key), "\(error)")
    }
}
