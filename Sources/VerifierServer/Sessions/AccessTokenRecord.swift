// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An access token that was issued.
package struct AccessTokenRecord: StoredRecord, Hashable {
    package static let collection = "access_tokens"

    /// base64url SHA-256 of the token.
    package let id: String
    /// The client that it was issued to.
    package let clientID: String
    /// Whose it is, and how they signed in.
    package let identity: AuthenticatedIdentity
    /// What it allows.
    package let scopes: [String]
    /// When it was issued, in seconds since 1970.
    package let issuedAt: Int64
    /// When it ends.
    package let endsAt: Int64

    package var indexKeys: [IndexSlot: String] {
        var keys = [IndexSlot.first: identity.userID]
        keys[.second] = identity.enrollmentID
        return keys
    }

    package var expiresAt: Int64? { endsAt }
}
