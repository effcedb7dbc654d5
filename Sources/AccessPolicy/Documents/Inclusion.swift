// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Ids that are meant, and ids that are not; who is in both is not.
public struct Inclusion: Hashable, Sendable {
    /// Those meant; empty where all are.
    public var include: [String]
    /// Those not meant.
    public var exclude: [String]

    /// Lists.
    public init(include: [String] = [], exclude: [String] = []) {
        self.include = include
        self.exclude = exclude
    }
}
