// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A table that a confined query may read.
package struct ConfinedTable: Hashable, Sendable {
    /// Its name: letters, digits and `_`.
    package var name: String
    /// The names of its columns, of the same characters.
    package var columns: [String]
    /// Its rows, each with a value a column.
    package var rows: [[SQLiteValue]]

    /// A table.
    package init(_ name: String, columns: [String], rows: [[SQLiteValue]] = []) {
        self.name = name
        self.columns = columns
        self.rows = rows
    }
}

/// What a query reads: the columns of each table, in the names of the schema. A table of which nothing but its rows matters is
/// there without columns.
package typealias ConfinedReads = [String: Set<String>]
