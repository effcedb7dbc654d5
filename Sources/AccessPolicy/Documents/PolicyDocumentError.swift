// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a document is not understood.
///
/// A document is understood whole or not at all: one that was understood in part would let in what it was to keep out.
public struct PolicyDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place in the document, such as `$.conditions.network.include[3]`; `$` is the whole.
    public var path: String
    /// What is wrong there, and what would be right.
    public var problem: String

    /// An error.
    public init(path: String = "$", problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { "\(path): \(problem)" }
}
