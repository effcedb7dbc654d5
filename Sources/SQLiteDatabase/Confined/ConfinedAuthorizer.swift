// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsqlite3

/// Decides what a query may do, and notes what it reads; asked by SQLite while it prepares the statement.
///
/// Belongs to one connection and one thread.
final class ConfinedAuthorizer {
    /// The functions that a query may call: none makes a text longer than what it is given, reads anything, or waits.
    ///
    /// What makes texts longer (`replace`, `group_concat`) is bounded by the limit on texts.
    static let functions: Set<String> = [
        "abs", "avg", "char", "coalesce", "count", "date", "datetime", "glob", "group_concat", "hex", "ifnull", "iif",
        "instr", "julianday", "length", "like", "lower", "ltrim", "max", "min", "nullif", "replace", "round", "rtrim",
        "sign", "strftime", "substr", "substring", "sum", "time", "total", "trim", "typeof", "unicode", "unixepoch",
        "upper",
    ]

    private let tables: [String: (name: String, columns: [String: String])]
    private let deadline: ContinuousClock.Instant
    /// What was read so far.
    private(set) var reads: ConfinedReads = [:]
    /// What was asked for and is not allowed.
    private(set) var refusal: String?
    /// Whether the time was over.
    private(set) var isLate = false

    init(_ tables: [ConfinedTable], deadline: ContinuousClock.Instant) {
        var known: [String: (String, [String: String])] = [:]
        for table in tables {
            let columns = Dictionary(table.columns.map { ($0.lowercased(), $0) }) { first, _ in first }
            known[table.name.lowercased()] = (table.name, columns)
        }
        self.tables = known
        self.deadline = deadline
    }

    /// Whether an action is allowed: reading a column of the tables, calling a function of the list, a SELECT within.
    func allows(_ action: Int32, _ first: String?, _ second: String?) -> Bool {
        switch action {
        case SQLITE_SELECT: return true
        case SQLITE_READ: return takes(table: first ?? "", column: second ?? "")
        case SQLITE_FUNCTION:
            let name = (second ?? "").lowercased()
            return Self.functions.contains(name) || refuses("the function \(name)")
        case SQLITE_RECURSIVE: return refuses("a recursive SELECT")
        default: return refuses(Self.words[action] ?? "anything but SELECT")
        }
    }

    private func takes(table: String, column: String) -> Bool {
        guard let known = tables[table.lowercased()] else {
            return refuses("the table \(table), which is not among those of custom checks")
        }
        var columns = reads[known.name] ?? []
        if let column = known.columns[column.lowercased()] { columns.insert(column) }
        reads[known.name] = columns
        return true
    }

    private func refuses(_ what: String) -> Bool {
        refusal = refusal ?? what
        return false
    }

    /// Whether the statement has to end, since its time is over; asked by SQLite again and again while it runs.
    func isOver() -> Bool {
        isLate = isLate || ContinuousClock.now >= deadline
        return isLate
    }

    private static let words: [Int32: String] = [
        SQLITE_ATTACH: "ATTACH", SQLITE_DETACH: "DETACH", SQLITE_PRAGMA: "PRAGMA", SQLITE_INSERT: "INSERT",
        SQLITE_UPDATE: "UPDATE", SQLITE_DELETE: "DELETE", SQLITE_TRANSACTION: "a transaction",
        SQLITE_SAVEPOINT: "a savepoint", SQLITE_CREATE_TABLE: "CREATE TABLE", SQLITE_CREATE_VTABLE: "a virtual table",
    ]
}
