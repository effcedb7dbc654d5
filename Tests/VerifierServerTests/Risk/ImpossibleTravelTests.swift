// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Foundation
import NetworkPlaces
import TOMLConfiguration
import Testing

@testable import VerifierServer

@Suite struct ImpossibleTravelTests {
    private static let table = """
        network,latitude,longitude
        192.0.2.0/24,54.3213,10.1349
        203.0.113.0/24,35.6895,139.6917

        """

    private func configuration(_ files: String) throws -> VerifierConfiguration {
        try VerifierConfiguration(
            toml: "issuer = \"http://localhost:8800\"\norganization = { id = \"00oTest\", name = \"Test\" }\n"
                + "[risk]\nnetwork_places = [\(files)]\n",
            directory: "/etc/countersign")
    }

    @Test func aSignInFromTheOtherEndOfTheWorldIsRiskyAndKeptOutByARule() async throws {
        var reader = PlaceTableReader()
        try reader.read(Array(Self.table.utf8))
        try reader.endTable()
        let places = try reader.finish()
        let policy = try AccessPolicy.rules(
            PolicyDocuments.deny(
                "Traveller", 1, if: #"{"elCondition": {"condition": "security.behaviors.contains('Velocity')"}}"#),
            PolicyDocuments.allow("Rest", 2))
        let world = try await VerifierWorld {
            $0.networkPlaces = places
            $0.accessPolicies = [policy]
        }
        let agent = try await world.enrolledAgent()
        func signIn(from address: String) async throws -> String {
            let handle = try await world.signIn.begin(.governed(), address: address)
            _ = try await world.signIn.identify(stateHandle: handle, username: "alice", address: address)
            let challenge = try await world.challenge(handle)
            try await world.post(try await agent.response(to: challenge), to: challenge)
            return try await world.signIn.view(stateHandle: handle).name
        }
        #expect(try await signIn(from: "192.0.2.7") == "success")
        world.clock.advance(3600)
        #expect(try await signIn(from: "203.0.113.9") == "denied")
        let data = try #require(try world.audit.events(.policyEvaluation).last).debugContext.debugData
        #expect(data["riskReasons"] == "New Network, Velocity")
        #expect(data["riskLevel"] == "HIGH")
        // Who was kept out did not arrive: the person themselves goes on at home.
        #expect(try await signIn(from: "192.0.2.7") == "success")
        world.clock.advance(12 * 3600)
        #expect(try await signIn(from: "203.0.113.9") == "success")
    }

    @Test func theFilesOfTheConfigurationAreRead() throws {
        #expect(
            try configuration(#""a.csv", "/b.csv""#).risk.networkPlaces == ["/etc/countersign/a.csv", "/b.csv"])
        #expect(throws: ConfigurationError.self) {
            try configuration((1...9).map { "\"\($0)\"" }.joined(separator: ","))
        }
        let folder = try TemporaryFolder()
        try Self.table.write(toFile: folder.file("four.csv"), atomically: true, encoding: .utf8)
        try "network,latitude,longitude\n2001:db8::/32,1,2".write(
            toFile: folder.file("six.csv"), atomically: true, encoding: .utf8)
        let places = try ConfigurationFile.places(in: [folder.file("four.csv"), folder.file("six.csv")])
        #expect(places?.count == 3)
        #expect(try ConfigurationFile.places(in: [])?.count == nil)
    }

    @Test func aFileThatCannotBeUsedIsNamed() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.places(in: [folder.file("none")]) }
        try "network,latitude,longitude\nx,1,2".write(toFile: folder.file("x"), atomically: true, encoding: .utf8)
        let error = try #require(throws: ConfigurationError.self) {
            try ConfigurationFile.places(in: [folder.file("x")])
        }
        #expect(error.description.contains("line 2"))
    }
}
