// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import Foundation
import Testing

/// Documents that are understood, and are written again as they were read; and documents that are not, with the member at fault.
@Suite struct DocumentVectorTests {
    struct Refused: Decodable {
        var member: String
        var document: VectorJSON
    }

    @Test(arguments: ["policies", "checks", "feeds"]) func refusesWhatIsNotUnderstood(kind: String) throws {
        for vector in try VectorFiles.read([Refused].self, "documents/invalid-\(kind).json") {
            let bytes = try vector.document.bytes
            let label = Comment(rawValue: String(decoding: bytes.prefix(300), as: UTF8.self))
            let error = #expect(throws: AssurancePolicyError.self, label) {
                switch kind {
                case "policies": _ = try AssurancePolicy.decode(bytes, name: "x.json")
                case "checks": _ = try DevicePostureCheck.decode(bytes, name: "x.json")
                default: _ = try ReleaseFeed.decode(bytes, name: "x.json")
                }
            }
            #expect(error?.member == vector.member, label)
            #expect(error.map { !$0.problem.isEmpty } == true, label)
        }
    }

    @Test func writesPoliciesAsTheyWereRead() throws {
        for document in try VectorFiles.read([VectorJSON].self, "documents/valid-policies.json") {
            let policy = try AssurancePolicy.decode(document.bytes, name: "x.json")
            let again = try JSONEncoder().encode(policy)
            #expect(try AssurancePolicy.decode(Array(again), name: "again") == policy)
            guard case .object(var expected) = document else { continue }
            // What the document leaves to the default is written out.
            expected["id"] = expected["id"] ?? expected["name"]
            expected["displayRemediationMode"] = expected["displayRemediationMode"] ?? .text("SHOW")
            #expect(try JSONDecoder().decode(VectorJSON.self, from: again) == .object(expected))
        }
    }

    @Test func writesChecksThatAreReadAsTheSame() throws {
        for document in try VectorFiles.read([VectorJSON].self, "documents/valid-checks.json") {
            let check = try DevicePostureCheck.decode(document.bytes, name: "x.json")
            #expect(try DevicePostureCheck.decode(Array(JSONEncoder().encode(check)), name: "again") == check)
        }
    }

    @Test func readsBothPartsOfAChecksAdvice() throws {
        let documents = try VectorFiles.read([VectorJSON].self, "documents/valid-checks.json")
        let custom = try DevicePostureCheck.decode(documents[0].bytes, name: "x.json")
        #expect(custom.message == .custom("Your firewall is turned off. …"))
        #expect(custom.link == .custom("https://help.example.com/enable-macos-firewall"))
        let builtIn = try DevicePostureCheck.decode(documents[1].bytes, name: "x.json")
        #expect(builtIn.message == .builtIn("macos.firewall.enabled.remediation.message"))
        #expect(builtIn.link == .builtIn("https://help.example.com/x"))
        #expect(try DevicePostureCheck.decode(documents[5].bytes, name: "x.json").message == .nothing)
    }

    @Test func aFeedIsReadAgainAsTheSame() throws {
        for feed in [try VectorFiles.feed(), try ReleaseFeed.shipped()] {
            #expect(try ReleaseFeed.decode(Array(JSONEncoder().encode(feed)), name: "again") == feed)
        }
    }
}
