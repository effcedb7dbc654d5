// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture

/// What the administrator of this device allows of osqueryi.
package struct OsquerySettings: Hashable, Sendable {
    /// The paths at which its packages put it: no other is run.
    package static let programs = ["/usr/bin/osqueryi", "/usr/local/bin/osqueryi", "/opt/osquery/bin/osqueryi"]
    /// The most tables.
    static let mostTables = 64

    /// Its path.
    package var program: String
    /// The tables that a query may read; osquery has none beside them, so that none of the rest, such as `curl` or
    /// `shell_history`, can be asked for.
    package var tables: [String]

    /// Settings.
    package init(program: String, tables: [String]) {
        self.program = program
        self.tables = tables
    }

    init(_ members: [String: JSONValue]) throws(CustomCheckSettingsError) {
        guard let program = members["program"]?.string, Self.programs.contains(program) else {
            throw CustomCheckSettingsError(
                problem: "has an osquery.program that is not one of \(Self.programs.joined(separator: ", "))")
        }
        guard let tables = members["tables"]?.strings, (1...Self.mostTables).contains(tables.count),
            tables.allSatisfy(Self.isTable)
        else {
            throw CustomCheckSettingsError(problem: "has no list osquery.tables of 1 to 64 names of tables")
        }
        self.init(program: program, tables: tables)
    }

    /// Whether a text can be a table's name, and so part of an argument.
    private static func isTable(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}
