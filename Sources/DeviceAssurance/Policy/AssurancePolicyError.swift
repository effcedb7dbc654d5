// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a policy file is not understood; such a file must not be skipped, since nobody would be held to it.
public struct AssurancePolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// The member that is wrong, such as `osVersion.minimum`, or empty where it is the whole.
    public let member: String
    /// What is wrong with it and what would be right.
    public let problem: String

    /// An error.
    public init(file: String, member: String = "", problem: String) {
        self.file = file
        self.member = member
        self.problem = problem
    }

    public var description: String {
        member.isEmpty ? "policy \(file): \(problem)" : "policy \(file): \(member) \(problem)"
    }
}
