// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// That a person proved what policy asks for a change of their account, a moment ago; it counts once.
package struct AccountGrant: Hashable, Sendable, Codable {
    /// How long it counts, in seconds.
    static let lifetime: Int64 = 300

    /// What may be changed.
    package let operation: AccountChange.Operation
    /// Until when, in seconds since 1970.
    package let endsAt: Int64
    /// From when on proofs are of the sign-in that was made for the change, in seconds since 1970.
    package let provenSince: Int64?

    /// The grant of a sign-in that was made for a change; `nil` for any other.
    init?(_ change: AccountChange?, of identity: AuthenticatedIdentity, at now: Int64) {
        guard let change else { return nil }
        operation = change.operation
        endsAt = now + Self.lifetime
        provenSince = (identity.proofs ?? []).map(\.provenAt).min() ?? identity.authenticatedAt
    }

    /// Whether it covers an operation at a time.
    func covers(_ operation: AccountChange.Operation, at now: Int64) -> Bool {
        self.operation == operation && now < endsAt
    }
}
