// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A browser's session: a person who was signed in, until a time.
package struct Session: StoredRecord, Hashable {
    package static let collection = "sessions"

    /// base64url SHA-256 of the secret token that the browser holds.
    package let id: String
    /// Who was signed in, and how.
    package let identity: AuthenticatedIdentity
    /// When it started, in seconds since 1970.
    package let startedAt: Int64
    /// When it ends.
    package var endsAt: Int64
    /// Whether the policy of device assurance let the device in; a session that none judged opens no app that it guards.
    package let isAssured: Bool
    /// When it last signed in to an app, in seconds since 1970; absent in records of before, which count from their start.
    package var usedAt: Int64?
    /// A change of the account that its person was verified for just now.
    package var grant: AccountGrant?

    /// When it was last used.
    package var lastActivity: Int64 { usedAt ?? startedAt }

    package var indexKeys: [IndexSlot: String] {
        var keys = [IndexSlot.first: identity.userID]
        keys[.second] = identity.enrollmentID
        return keys
    }

    package var expiresAt: Int64? { endsAt }
}
