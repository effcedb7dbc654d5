// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import SQLiteDatabase

/// A table that checks may read, and the signals that it is filled from.
///
/// A table has no NULL and no row less because a signal is not known: a query that reads such a column is not answered at all.
struct CheckTable: Sendable {
    /// A column of a table of one row.
    struct Column: Sendable {
        let name: String
        let signal: SignalName
        /// What stands in the column for a value; `nil` where the value has no such part.
        let value: @Sendable (SignalValue) -> SQLiteValue?

        init(
            _ name: String, _ signal: SignalName,
            _ value: @escaping @Sendable (SignalValue) -> SQLiteValue? = { $0.sqliteValue }
        ) {
            self.name = name
            self.signal = signal
            self.value = value
        }
    }

    /// What rows are made of.
    enum Content: Sendable {
        /// One row, each column from a signal of its own.
        case row([Column])
        /// A row for each entry of a signal that is a list; an entry that is not split into all columns leaves the table unknown.
        ///
        /// The columns with numbers in them have their types; the others are of texts.
        case entries(
            of: SignalName, columns: [String], types: [String: ConfinedTable.ColumnType] = [:],
            split: @Sendable (String) -> [String]?)
    }

    let name: String
    let content: Content

    /// The table without rows, for looking at what a query reads.
    var outline: ConfinedTable { ConfinedTable(name, columns: columns.map(\.name)) }

    /// Each column, with the signal that it is made of.
    var columns: [(name: String, signal: SignalName)] {
        switch content {
        case .row(let columns): columns.map { ($0.name, $0.signal) }
        case .entries(let signal, let columns, _, _): columns.map { ($0, signal) }
        }
    }

    /// The signals that a query needs that reads these columns.
    func signals(for columns: Set<String>) -> [SignalName] {
        switch content {
        case .row(let all): all.filter { columns.contains($0.name) }.map(\.signal)
        // How many rows there are takes the signal, whatever is read of them.
        case .entries(let signal, _, _, _): [signal]
        }
    }

    /// The table with these columns and no others.
    ///
    /// - Throws: ``CustomCheckFailure`` where a signal is not known.
    func filled(_ wanted: Set<String>, from snapshot: PostureSnapshot) throws(CustomCheckFailure) -> ConfinedTable {
        let names = columns.map(\.name).filter(wanted.contains)
        var rows: [[SQLiteValue]] = []
        var types: [String: ConfinedTable.ColumnType] = [:]
        switch content {
        case .row(let columns):
            var row: [SQLiteValue] = []
            for column in columns where wanted.contains(column.name) {
                guard let value = column.value(try Self.known(column.signal, in: snapshot)) else {
                    throw .incomplete(column.signal)
                }
                row.append(value)
                if case .integer = value { types[column.name] = .integer }
            }
            rows = [row]
        case .entries(let signal, let columns, let declared, let split):
            types = declared
            guard case .strings(let entries) = try Self.known(signal, in: snapshot) else { throw .incomplete(signal) }
            for entry in entries {
                guard let parts = split(entry), parts.count == columns.count else { throw .incomplete(signal) }
                rows.append(zip(columns, parts).filter { wanted.contains($0.0) }.map { .text($0.1) })
            }
        }
        return ConfinedTable(name, columns: names, types: types, rows: rows)
    }

    /// The value of a signal that is known, and not cut at its bounds.
    private static func known(
        _ name: SignalName, in snapshot: PostureSnapshot
    ) throws(CustomCheckFailure) -> SignalValue {
        switch snapshot[name]?.state {
        case nil: throw .unknown(name, "it was not read")
        case .unknown(let reason): throw .unknown(name, reason)
        case .notApplicable(let reason): throw .notApplicable(name, reason)
        case .known(let value):
            guard !value.isAtItsBound else { throw .incomplete(name) }
            return value
        }
    }
}

extension SignalValue {
    /// The value as SQL has it: yes and no as 1 and 0, a list as lines.
    var sqliteValue: SQLiteValue {
        switch self {
        case .string(let text): .text(text)
        case .boolean(let value): .integer(value ? 1 : 0)
        case .integer(let number): .integer(Int64(number))
        case .strings(let texts): .text(texts.joined(separator: "\n"))
        }
    }

    /// Whether it has as many characters or entries as a reading may have, so that more may have been cut off.
    fileprivate var isAtItsBound: Bool {
        switch self {
        case .string(let text): text.unicodeScalars.count >= 256
        case .boolean, .integer: false
        case .strings(let texts): texts.count >= 256 || texts.contains { $0.unicodeScalars.count >= 256 }
        }
    }
}
