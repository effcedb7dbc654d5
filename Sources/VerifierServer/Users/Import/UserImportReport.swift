// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What an import did, or would do.
package struct UserImportReport: Hashable, Sendable, Encodable {
    /// What became of a row.
    package enum Outcome: String, Hashable, Sendable, Encodable {
        /// A user was made.
        case created
        /// A user, or what groups they are in, was changed.
        case updated
        /// All was so already.
        case unchanged
        /// The row cannot be followed.
        case refused
    }

    /// What is wrong with a value.
    package struct Problem: Hashable, Sendable, Encodable {
        /// The column's name.
        package let name: String
        /// The line of the value, from 1.
        package let line: Int
        /// The place in that line, in Unicode scalars from 1.
        package let column: Int
        /// What is wrong.
        package let reason: String
    }

    /// One row.
    package struct Row: Hashable, Sendable, Encodable {
        /// Its line, from 1.
        package let line: Int
        /// The login, as it was written.
        package let login: String
        /// What became of it.
        package var outcome: Outcome
        /// Why it was refused.
        package var problems: [Problem] = []
    }

    /// Whether the changes were made. One row that is refused undoes all others.
    package var isApplied = false
    /// The rows, in their order.
    package var rows: [Row] = []
    /// The logins of those who are not in the table and were, or would be, deactivated for that.
    package var missing: [String] = []

    /// How many rows came to something.
    package func count(_ outcome: Outcome) -> Int { rows.count { $0.outcome == outcome } }
}
