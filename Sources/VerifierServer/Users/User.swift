// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import ManagementQueries

/// A person who may sign in.
///
/// What the first versions did not have is optional, so that their records read as they are.
package struct User: StoredRecord, Hashable {
    /// Whether the person may sign in.
    package enum Status: String, Hashable, Sendable, Codable {
        /// They may.
        case active
        /// They may not yet.
        case staged
        /// They may not, for now.
        case suspended
        /// They may not any more, until they are activated again.
        case deactivated
        /// They may never again; the record stays, so that a late answer of their device is told why.
        case deleted
    }

    package static let collection = "users"

    /// The user's id, which never changes.
    package let id: String
    /// The name that the person types: lower case, unique among users who were not deleted.
    package var username: String
    /// The name that people read.
    package var displayName: String
    /// Whether the person may sign in.
    package var status: Status
    /// When the user was added, in seconds since 1970.
    package let createdAt: Int64
    /// What is known of the person: the members of Okta's user profile but for the login.
    package var profile: [String: ResourceValue]?
    /// When the record was changed last.
    package var updatedAt: Int64?
    /// When the status changed last.
    package var statusChangedAt: Int64?
    /// When the user was activated last.
    package var activatedAt: Int64?
    /// The name that a directory has for the user, which brought them by SCIM.
    package var externalID: String?
    /// The values of SCIM's attributes that have several, as the directory sent them; of them the profile has one each.
    package var directoryValues: [String: ResourceValue]?

    package var indexKeys: [IndexSlot: String] {
        guard status != .deleted else { return [:] }
        var keys = [IndexSlot.unique: username]
        keys[.first] = externalID
        return keys
    }

    /// A user.
    package init(id: String, username: String, displayName: String, status: Status = .active, createdAt: Int64) {
        self.id = id
        self.username = username
        self.displayName = displayName
        self.status = status
        self.createdAt = createdAt
    }
}
