// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy

/// What somebody wants to do with their own account.
package struct AccountChange: Hashable, Sendable, Codable {
    /// The kinds of changes, by their names in rules.
    package enum Operation: String, Hashable, Sendable, Codable {
        /// Enrol a device or a key.
        case enroll
        /// Remove a device or a key.
        case unenroll
    }

    /// What.
    package var operation: Operation
    /// The authenticator that it is about, by its key in rules.
    package var authenticatorKey = "okta_verify"

    /// A change of this verifier's own authenticator.
    package init(_ operation: Operation) { self.operation = operation }

    /// The change as rules see it.
    var accessRequest: AccessRequest.AccountChange {
        let operation: AccountOperation =
            switch operation {
            case .enroll: .enroll
            case .unenroll: .unenroll
            }
        return AccessRequest.AccountChange(operation, authenticatorKey: authenticatorKey)
    }
}
