// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// `people` of a rule: `exclude` wins, nothing under `include` means everybody, users and groups are alternatives.
public struct PeopleCondition: Hashable, Sendable {
    /// Users by id.
    public var users: Inclusion
    /// Groups by id.
    public var groups: Inclusion
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(users: Inclusion = Inclusion(), groups: Inclusion = Inclusion()) {
        self.users = users
        self.groups = groups
    }
}
