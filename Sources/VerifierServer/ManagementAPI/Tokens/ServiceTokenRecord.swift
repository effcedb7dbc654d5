// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An access token that an app got on its own behalf, for no person.
struct ServiceTokenRecord: StoredRecord, Hashable {
    static let collection = "service_tokens"
    /// How long one counts, in seconds.
    static let lifetime: Int64 = 3600

    /// base64url SHA-256 of the token.
    let id: String
    /// The app.
    let clientID: String
    /// What it opens.
    let scopes: [APIScope]
    /// When it ends, in seconds since 1970.
    let endsAt: Int64

    var expiresAt: Int64? { endsAt }
}
