// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension AssurancePolicy {
    /// The most bytes that a policy file may have.
    public static let maximumBytes = 64 * 1024
    /// The most policies that a set may have.
    public static let maximumPolicies = 256

    /// Reads the policy that a JSON file holds.
    ///
    /// - Parameters:
    ///   - bytes: the contents of the file.
    ///   - name: the file's name, for the error.
    /// - Throws: ``AssurancePolicyError`` naming the member that is not understood. A policy is understood whole or not at
    ///   all: also a member that is not known, or stands twice, is an error.
    public static func decode(_ bytes: [UInt8], name: String) throws(AssurancePolicyError) -> AssurancePolicy {
        try StrictJSON.decode(AssurancePolicy.self, bytes, upTo: maximumBytes, name: name)
    }

    /// Reads a set of policies, whose ids and names must differ.
    ///
    /// - Parameter files: the names and contents of the files.
    /// - Throws: ``AssurancePolicyError`` for the first file that is not understood or repeats another.
    public static func decodeAll(
        _ files: [(name: String, bytes: [UInt8])]
    ) throws(AssurancePolicyError) -> [AssurancePolicy] {
        var policies: [AssurancePolicy] = []
        for file in files {
            let policy = try decode(file.bytes, name: file.name)
            for other in policies {
                if other.name == policy.name {
                    throw AssurancePolicyError(file: file.name, member: "name", problem: "is another policy's already")
                }
                if other.id == policy.id {
                    throw AssurancePolicyError(file: file.name, member: "id", problem: "is another policy's already")
                }
            }
            policies.append(policy)
            guard policies.count <= maximumPolicies else {
                throw AssurancePolicyError(file: file.name, problem: "is one more than \(maximumPolicies) policies")
            }
        }
        return policies
    }
}
