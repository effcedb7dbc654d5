// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CommaSeparatedValues
internal import ManagementQueries

/// Users and their groups as a table, in the columns that ``UserImport`` takes.
package enum UserExport {
    /// The table of all users who were not deleted, by login.
    package static func table(_ services: VerifierServices) async throws -> String {
        let rows = try await services.store.read { reader in
            try reader.all(User.self).filter { $0.status != .deleted }.sorted { $0.username < $1.username }
                .map { try row($0, in: reader) }
        }
        return CSVTable.text([UserColumn.allCases.map(\.rawValue)] + rows)
    }

    private static func row(_ user: User, in reader: any StoreReader) throws -> [String] {
        let groups = try GroupMembership.groups(of: user.id, in: reader).filter { !$0.isBuiltIn }.map(\.name).sorted()
        return UserColumn.allCases.map { column in
            switch column {
            case .login: user.username
            case .displayName: user.displayName
            case .status: user.status.rawValue
            case .groups: UserRow.text(groupNames: groups)
            case .email, .firstName, .lastName: user.profile?[column.rawValue]?.text ?? ""
            }
        }
    }
}
