// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

/// The examples of Okta's OpenAPI description of its management API (version 5.1.0, Apache License 2.0), as published: each is
/// read, and what is written of it is read as the same; or it says why it is not.
@Suite struct PublishedExampleTests {
    private static func examples(_ file: String) throws -> [(name: String, document: JSONValue, refused: String?)] {
        try #require(Vectors.json("published/\(file).json").array).map { example in
            (
                try #require(example["name"]?.string), try #require(example["document"]),
                example["refused"]?.string
            )
        }
    }

    private static func check<Document: Equatable>(
        _ file: String, count: Int, _ decode: ([UInt8]) throws -> Document, _ encode: (Document) -> JSONValue?
    ) throws {
        let examples = try examples(file)
        #expect(examples.count == count)
        for example in examples {
            let label = Comment(rawValue: example.name)
            do {
                let document = try decode(example.document.bytes)
                #expect(example.refused == nil, label)
                if let written = encode(document) { #expect(try decode(written.bytes) == document, label) }
            } catch let error as PolicyDocumentError {
                #expect(example.refused == error.path, "\(example.name): \(error)")
            }
        }
    }

    @Test func accessPolicies() throws {
        try Self.check("access-policies", count: 2, AccessPolicy.decode) { $0.json }
    }

    @Test func rulesOfAccessPolicies() throws {
        try Self.check("access-rules", count: 14, AccessPolicyRule.decode) { $0.json }
    }

    @Test func passwordPolicies() throws {
        try Self.check("password-policies", count: 2, PasswordPolicy.decode) { _ in nil }
    }

    @Test func rulesOfPasswordPolicies() throws {
        try Self.check("password-rules", count: 15, PasswordPolicyRule.decode) { $0.json }
    }

    @Test func zones() throws {
        try Self.check("zones", count: 16, NetworkZone.decode) { $0.json }
    }

    @Test func simulations() throws {
        let examples = try Self.examples("simulations")
        let question = try SimulationQuestion.decode(try #require(examples.first).document.bytes)
        #expect(
            question.appInstance == "0oa4eroj3nYCIJIW70g7" && question.policyTypes == ["OKTA_SIGN_ON", "MFA_ENROLL"])
        #expect(question.groupIDs?.count == 2 && question.zoneIDs.count == 1 && question.riskLevel == .low)
        #expect(question.device.registered == true && question.device.system == .iOS)
    }
}
