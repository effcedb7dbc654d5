// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A table that a confined query may read.
package struct ConfinedTable: Hashable, Sendable {
    /// The declared type of a column, which makes SQLite compare its values as such (SQLite, "Datatypes in SQLite", section 3).
    package enum ColumnType: String, Hashable, Sendable {
        /// Whole numbers, yes and no.
        case integer = "INTEGER"
        /// Numbers where the text is one, else the text.
        case numeric = "NUMERIC"
        /// Texts.
        case text = "TEXT"
    }

    /// Its name: letters, digits and `_`.
    package var name: String
    /// The names of its columns, of the same characters.
    package var columns: [String]
    /// The types of its columns by name; one that is not named is of texts.
    ///
    /// No column is without a type: to SQLite any text is more than any number, so that `port < 1024` would be wrong of "22".
    package var types: [String: ColumnType]
    /// Its rows, each with a value a column.
    package var rows: [[SQLiteValue]]

    /// A table.
    package init(_ name: String, columns: [String], types: [String: ColumnType] = [:], rows: [[SQLiteValue]] = []) {
        self.name = name
        self.types = types
        self.columns = columns
        self.rows = rows
    }
}

/// What a query reads: the columns of each table, in the names of the schema. A table of which nothing but its rows matters is
/// there without columns.
package typealias ConfinedReads = [String: Set<String>]
