// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// That a person is an administrator, and of what.
///
/// It is made at the command line alone: nothing that the management API can be asked makes or widens one.
package struct AdministratorRecord: StoredRecord, Hashable {
    package static let collection = "administrators"

    /// The person's id.
    package let id: String
    /// What they may do by an app that they signed in to.
    package var scopes: [APIScope]
    /// When they became one, in seconds since 1970.
    package let createdAt: Int64

    /// Which of these scopes the person may not have, where they may not have all.
    static func lacking(
        _ scopes: [APIScope], userID: String, in reader: any StoreReader
    ) throws -> [APIScope] {
        guard !scopes.isEmpty else { return [] }
        let own = try reader.record(AdministratorRecord.self, id: userID)?.scopes ?? []
        return scopes.filter { $0.narrowed(to: own) != $0 }
    }

    /// Ends what a person may do as an administrator, and what they have for it, within a transaction; whether they were one.
    @discardableResult
    static func remove(userID: String, in writer: any StoreWriter) throws -> Bool {
        for token in try writer.records(AccessTokenRecord.self, where: .first, is: userID)
        where !token.managementScopes.isEmpty { try writer.delete(AccessTokenRecord.self, id: token.id) }
        return try writer.delete(AdministratorRecord.self, id: userID)
    }
}

extension AccessTokenRecord {
    /// What the token opens of the management API.
    var managementScopes: [APIScope] { scopes.compactMap { APIScope($0) } }
}
