// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

/// What Okta's OpenAPI description sends as examples is sent here: kept and told as it was, or refused where the description itself
/// would refuse it.
@Suite struct PublishedExampleTests {
    /// The examples of requests of a file.
    private static func requests(_ file: String) throws -> [ResourceValue] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let bytes = Array(try Data(contentsOf: tests.appending(path: file)))
        let examples = try #require(try JSON.decode(ResourceValue.self, from: bytes, limit: 1 << 20).elements)
        return examples.filter { $0["name"]?.text?.hasSuffix(" request") == true }
    }

    @Test(
        arguments: [
            ("/device-assurances", "DeviceAssuranceTests/Vectors/published/policies.json", 27),
            ("/device-posture-checks", "DeviceAssuranceTests/Vectors/published/checks.json", 2),
            ("/zones", "AccessPolicyTests/Vectors/published/zones.json", 5),
        ])
    func requestsAreTakenAsTheyArePublished(path: String, file: String, count: Int) async throws {
        let examples = try Self.requests(file)
        #expect(examples.count == count)
        try await Administrator.run { administrator in
            for example in examples {
                let document = try #require(example["document"])
                let answer = try await administrator.post(path, document)
                let label = Comment(rawValue: "\(example["name"]?.text ?? ""): \(answer.value)")
                guard example["refused"] == nil else {
                    #expect(answer.status == 400, label)
                    continue
                }
                #expect(answer.status == 200, label)
                // What the verifier says of a document is its own: id, times, standing and links.
                let own: Set = ["id", "created", "lastUpdated", "status", "system", "_links", "priority"]
                for (name, value) in document.members ?? [:] where !own.contains(name) {
                    #expect(answer.value[name] == value, label)
                }
                if path == "/zones" { _ = try await administrator.post("\(path)/\(answer.id)/lifecycle/deactivate") }
                #expect(try await administrator.delete("\(path)/\(answer.id)").status == 204, label)
            }
        }
    }
}
