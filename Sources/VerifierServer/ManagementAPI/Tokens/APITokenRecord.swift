// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// A token of the management API, without its secret.
package struct APITokenRecord: StoredRecord, Hashable {
    package static let collection = "api_tokens"

    /// The token's id, which is its first part.
    package let id: String
    /// base64url SHA-256 of its secret part.
    package let secretHash: String
    /// What it is for, for people; unique among tokens that were not revoked.
    package let name: String
    /// What it may do.
    package let scopes: [APIScope]
    /// When it was made, in seconds since 1970.
    package let createdAt: Int64
    /// When it ends.
    package let endsAt: Int64
    /// When it was used last, give or take an hour.
    package var usedAt: Int64?
    /// When it was revoked.
    package var revokedAt: Int64?

    /// How long a token is listed after its end, in seconds.
    static let memory: Int64 = 30 * 86_400

    package var indexKeys: [IndexSlot: String] { revokedAt == nil ? [.unique: name] : [:] }

    package var expiresAt: Int64? { (revokedAt ?? endsAt) + Self.memory }

    /// What is told of a token at a time.
    package enum Standing: String, Hashable, Sendable, Codable {
        /// It counts.
        case active
        /// Its time is over.
        case expired
        /// Somebody revoked it.
        case revoked
    }

    /// Whether the token counts at a time.
    package func standing(at now: Int64) -> Standing {
        if revokedAt != nil { return .revoked }
        return now < endsAt ? .active : .expired
    }

    /// When it was made, for people.
    package var createdAtText: String { Instant(seconds: createdAt).text }
    /// When it ends, for people.
    package var endsAtText: String { Instant(seconds: endsAt).text }
    /// When it was used last, for people.
    package var usedAtText: String? { usedAt.map { Instant(seconds: $0).text } }
}
