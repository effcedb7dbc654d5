// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import AccessPolicy

/// The files of `Vectors`.
enum Vectors {
    static func bytes(_ name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Vectors/\(name)", withExtension: nil))
        return Array(try Data(contentsOf: url))
    }

    static func json(_ name: String) throws -> JSONValue { try JSONReader.read(try bytes(name)) }

    /// The zones that the vectors name.
    static func zones() throws -> [NetworkZone] { try loadedZones.get() }

    private static let loadedZones = Result { try PolicyDocument.decode(bytes("semantics/zones.json")).zones }
}

/// What conditions come to for a request: `semantics/conditions.json`.
struct ConditionVector: CustomTestStringConvertible, Sendable {
    let name: String
    let conditions: JSONValue
    let request: AccessRequest
    let expected: ConditionOutcome.Status

    var testDescription: String { name }

    static func all() throws -> [ConditionVector] { try loaded.get() }

    private static let loaded = Result {
        try Vectors.json("semantics/conditions.json").array!.map { vector in
            ConditionVector(
                name: vector["name"]!.string!, conditions: vector["conditions"]!,
                request: try AccessRequest.decode(vector["request"]!.bytes),
                expected: ConditionOutcome.Status(rawValue: vector["expect"]!.string!)!)
        }
    }

    /// A rule with these conditions.
    func rule(_ access: PolicyAccess) throws -> AccessPolicyRule {
        let action = JSONValue.object([JSONMember("access", .string(access.rawValue))])
        let rule = JSONValue.object([
            JSONMember("name", .string(name)), JSONMember("conditions", conditions),
            JSONMember("actions", .object([JSONMember("appSignOn", action)])),
        ])
        return try AccessPolicyRule.decode(rule.bytes)
    }
}

extension AccessPolicyEvaluator {
    /// The evaluator of one policy with these rules, about what a request is about.
    init(_ rules: [AccessPolicyRule], for request: AccessRequest) throws {
        let policy = AccessPolicy(
            metadata: PolicyMetadata(id: "rst1", name: "policy"),
            resourceType: request.account == nil ? .app : .endUserAccountManagement, rules: rules)
        self.init(policies: [policy], zones: try Vectors.zones())
    }
}
