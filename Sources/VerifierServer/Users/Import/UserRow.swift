// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CommaSeparatedValues

/// The columns of a table of users (docs/users.md).
enum UserColumn: String, CaseIterable, Sendable {
    /// What the person types to sign in; the one column that must be there.
    case login
    /// Members of the profile.
    case email
    case firstName
    case lastName
    case displayName
    /// Whether they may sign in.
    case status
    /// The names of their groups, with semicolons between them.
    case groups

    /// Those that are members of the profile.
    static let profile: [UserColumn] = [.email, .firstName, .lastName, .displayName]
}

/// A row of a table of users.
struct UserRow: Sendable {
    let login: CSVTable.Field
    let fields: [UserColumn: CSVTable.Field]

    /// The rows of a table.
    ///
    /// - Throws: CSVError where the table or its names of columns are not understood.
    static func all(in bytes: [UInt8]) throws(CSVError) -> [UserRow] {
        let table = try CSVTable(parsing: bytes)
        var columns: [UserColumn] = []
        for name in table.header {
            guard let column = UserColumn(rawValue: name.text) else {
                let known = UserColumn.allCases.map(\.rawValue).joined(separator: ", ")
                throw CSVError("there is no such column; there are \(known)", line: name.line, column: name.column)
            }
            guard !columns.contains(column) else {
                throw CSVError("the column is there twice", line: name.line, column: name.column)
            }
            columns.append(column)
        }
        guard let login = columns.firstIndex(of: .login) else {
            throw CSVError("the column login is missing", line: 1, column: 1)
        }
        return table.rows.map { row in
            UserRow(login: row[login], fields: Dictionary(zip(columns, row)) { first, _ in first })
        }
    }

    /// The names of groups in a value: between semicolons, which like backslashes a backslash makes part of a name.
    ///
    /// - Returns: `nil` where a name is empty, or a backslash stands before something else.
    static func groupNames(_ text: String) -> [String]? {
        if text.allSatisfy({ $0 == " " }) { return [] }
        var names = [""]
        var isEscaped = false
        for character in text {
            switch (character, isEscaped) {
            case ("\\", false): isEscaped = true
            case (";", false): names.append("")
            case (_, true) where character != ";" && character != "\\": return nil
            default:
                names[names.count - 1].append(character)
                isEscaped = false
            }
        }
        let trimmed = names.map { name in
            String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        return isEscaped || trimmed.contains("") ? nil : trimmed
    }

    /// Names of groups as a value.
    static func text(groupNames: [String]) -> String {
        groupNames.map { name in
            name.map { $0 == ";" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        }.joined(separator: ";")
    }
}
