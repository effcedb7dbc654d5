// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import AccessPolicy

/// Where policies come from: files of the configuration, or the store.
package protocol PolicySource: Sendable {
    /// The policies that count now.
    func policies(in reader: any StoreReader) throws -> PolicySet

    /// What policies may ask of a person: their groups, and what is known of them. What is not known is left out.
    func person(_ user: User, in reader: any StoreReader) throws -> AccessRequest.User
}

extension PolicySource {
    package func person(_ user: User, in reader: any StoreReader) throws -> AccessRequest.User {
        AccessRequest.User(user)
    }
}

/// The policies of the configuration, which change with a restart.
package struct ConfiguredPolicies: PolicySource {
    private let set: PolicySet

    /// These policies.
    package init(_ set: PolicySet) { self.set = set }

    package func policies(in reader: any StoreReader) throws -> PolicySet { set }
}
