// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value of a column.
package enum SQLiteValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// A whole number.
    case integer(Int64)
    /// A text.
    case text(String)
    /// Bytes.
    case blob([UInt8])

    /// A text, or nothing.
    package static func text(orNull text: String?) -> SQLiteValue { text.map(SQLiteValue.text) ?? .null }
}

/// One row of a result.
package struct SQLiteRow: Hashable, Sendable {
    /// The columns, in the order of the statement.
    package let columns: [SQLiteValue]

    /// The text of a column.
    ///
    /// - Throws: ``SQLiteError`` with ``SQLiteError/Code/unexpectedType`` where it holds something else, or nothing.
    package func text(_ column: Int) throws(SQLiteError) -> String {
        guard case .text(let value) = try value(column) else { throw Self.unexpected(column) }
        return value
    }

    /// The whole number of a column; throws as ``text(_:)``.
    package func integer(_ column: Int) throws(SQLiteError) -> Int64 {
        guard case .integer(let value) = try value(column) else { throw Self.unexpected(column) }
        return value
    }

    /// The bytes of a column; throws as ``text(_:)``.
    package func blob(_ column: Int) throws(SQLiteError) -> [UInt8] {
        guard case .blob(let value) = try value(column) else { throw Self.unexpected(column) }
        return value
    }

    private func value(_ column: Int) throws(SQLiteError) -> SQLiteValue {
        guard columns.indices.contains(column) else { throw Self.unexpected(column) }
        return columns[column]
    }

    private static func unexpected(_ column: Int) -> SQLiteError {
        SQLiteError(.unexpectedType, "column \(column) of a row is missing or of another type than belongs there")
    }
}
