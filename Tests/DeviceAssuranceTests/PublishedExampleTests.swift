// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import Foundation
import Testing

/// The examples of Okta's OpenAPI description of its management API (version 5.1.0, Apache License 2.0), as published: each is
/// read, and what is written of it is read as the same; or it says why it is not.
@Suite struct PublishedExampleTests {
    struct Example: Decodable {
        var name: String
        var document: VectorJSON
        var refused: String?
    }

    private static func check<Document: Codable & Equatable>(
        _ file: String, count: Int, _ decode: ([UInt8], String) throws -> Document
    ) throws {
        let examples = try VectorFiles.read([Example].self, "published/\(file).json")
        #expect(examples.count == count)
        for example in examples {
            let label = Comment(rawValue: example.name)
            do {
                let document = try decode(example.document.bytes, "x.json")
                #expect(example.refused == nil, label)
                #expect(try decode(Array(JSONEncoder().encode(document)), "again") == document, label)
            } catch let error as AssurancePolicyError {
                #expect(example.refused == error.member, "\(example.name): \(error)")
            }
        }
    }

    @Test func deviceAssurancePolicies() throws {
        try Self.check("policies", count: 54) { bytes, name in try AssurancePolicy.decode(bytes, name: name) }
    }

    @Test func devicePostureChecks() throws {
        try Self.check("checks", count: 4) { bytes, name in try DevicePostureCheck.decode(bytes, name: name) }
    }
}
