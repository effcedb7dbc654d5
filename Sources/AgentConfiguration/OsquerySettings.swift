// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLConfiguration

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

    static func checked(program: String, _ key: String) throws(ConfigurationError) -> String {
        guard Self.programs.contains(program) else {
            throw ConfigurationError(key, "must be one of \(Self.programs.joined(separator: ", "))")
        }
        return program
    }

    static func checked(tables: [String], _ key: String) throws(ConfigurationError) -> [String] {
        guard (1...Self.mostTables).contains(tables.count), tables.allSatisfy(Self.isTable) else {
            throw ConfigurationError(key, "must be 1 to \(mostTables) names of tables")
        }
        return tables
    }

    /// Whether a text can be a table's name, and so part of an argument.
    private static func isTable(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}
