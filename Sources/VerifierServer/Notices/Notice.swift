// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Something that a person must learn of, whoever did it.
package struct Notice: StoredRecord, Hashable {
    /// What it is about.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// A device was enrolled for the person.
        case deviceEnrolled = "device_enrolled"
        /// A one-time code of the person's was used.
        case codeUsed = "code_used"
        /// A spare key was added to an enrolment of the person's.
        case keyAdded = "key_added"
        /// A key was removed from an enrolment of the person's.
        case keyRemoved = "key_removed"
        /// A device of the person's was removed.
        case deviceRemoved = "device_removed"
        /// A one-time code for another device was made on the account page.
        case codeMade = "code_made"
    }

    package static let collection = "notices"
    /// How long a notice waits for the person, in seconds.
    static let lifetime: Int64 = 90 * 24 * 3600
    /// How often its delivery is tried.
    static let maximumAttempts = 8

    /// The notice's id.
    package let id: String
    /// The person.
    package let userID: String
    /// What it is about.
    package let kind: Kind
    /// What to tell the person.
    package let text: String
    /// When it happened, in seconds since 1970.
    package let createdAt: Int64
    /// When the person saw it on the sign-in page.
    package var seenAt: Int64?
    /// Whether the configured command still has to be given it.
    package var awaitsDelivery: Bool
    /// How often that failed.
    package var failedAttempts = 0
    /// When to try next.
    package var nextAttemptAt: Int64

    package var indexKeys: [IndexSlot: String] {
        var keys: [IndexSlot: String] = seenAt == nil ? [.first: userID] : [:]
        if awaitsDelivery { keys[.second] = Self.awaiting }
        return keys
    }

    package var expiresAt: Int64? { createdAt + Self.lifetime }

    static let awaiting = "awaiting"
}
