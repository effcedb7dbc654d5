// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import AccessPolicy
internal import DeviceAssurance
internal import ManagementQueries
internal import Synchronization

/// The policies of the store, which the management API keeps, beside those of the configuration.
///
/// A document is read by its module's type. One that is not understood lets nobody in: a policy of which one rule cannot be read
/// has none, and is then as if it denied.
package final class StoredPolicies: PolicySource {
    private struct Edition: Hashable {
        var ids: [String]
        var revisions: [Int]
        var standings: [String]
    }

    private let configured: PolicySet
    private let zones: [NetworkZone]
    private let issuer: String
    private let known = Mutex<(edition: Edition, set: PolicySet)?>(nil)

    /// The store's policies and these.
    package init(configured: PolicySet, zones: [NetworkZone], issuer: String) {
        self.configured = configured
        self.zones = zones
        self.issuer = issuer
    }

    package func policies(in reader: any StoreReader) throws -> PolicySet {
        let policies = try DocumentRecords.all(.policy, in: reader)
        var rules: [String: [DocumentRecord]] = [:]
        for policy in policies { rules[policy.id] = try DocumentRecords.all(.rule, parentID: policy.id, in: reader) }
        let zones = try DocumentRecords.all(.zone, in: reader)
        let assurance = try DocumentRecords.all(.deviceAssurance, in: reader)
        let checks = try DocumentRecords.all(.postureCheck, in: reader)
        let all = policies + policies.flatMap { rules[$0.id] ?? [] } + zones + assurance + checks
        guard !all.isEmpty else { return configured }
        let edition = Edition(
            ids: all.map(\.id), revisions: all.map(\.revision),
            standings: all.map { "\($0.status.rawValue) \($0.priority ?? -1)" })
        if let known = known.withLock({ $0 }), known.edition == edition { return known.set }
        let set = PolicySet(
            accessPolicies: configured.accessPolicies + policies.map { policy($0, rules[$0.id] ?? []) },
            zones: self.zones + zones.compactMap(zone),
            assurancePolicies: configured.assurancePolicies + assurance.compactMap(assurancePolicy),
            assuranceContext: context(checks))
        known.withLock { $0 = (edition, set) }
        return set
    }

    package func person(_ user: User, in reader: any StoreReader) throws -> AccessRequest.User {
        var person = AccessRequest.User(user)
        person.groups = try GroupMembership.groups(of: user.id, in: reader).map {
            AccessRequest.Group(id: $0.id, name: $0.name)
        }
        return person
    }

    private func policy(_ record: DocumentRecord, _ rules: [DocumentRecord]) -> AccessPolicy {
        var policy =
            (try? AccessPolicy.decode(record.document(issuer: issuer)))
            ?? AccessPolicy(metadata: PolicyMetadata(id: record.id, name: record.name, priority: record.priority))
        let read = rules.compactMap { try? AccessPolicyRule.decode($0.document(issuer: issuer)) }
        policy.rules = read.count == rules.count ? read : []
        return policy
    }

    private func zone(_ record: DocumentRecord) -> NetworkZone? {
        try? NetworkZone.decode(record.document(issuer: issuer))
    }

    /// What policies are judged by, with the store's checks; of two of one name the configuration's counts. One that is not understood
    /// is not asked for, and so is met by nobody.
    private func context(_ checks: [DocumentRecord]) -> AssuranceContext {
        var context = configured.assuranceContext
        for record in checks {
            guard let bytes = try? record.document(issuer: issuer),
                let check = try? DevicePostureCheck.decode(bytes, name: "\(record.id).json"),
                context.postureChecks[check.variableName] == nil
            else { continue }
            context.postureChecks[check.variableName] = check
        }
        return context
    }

    private func assurancePolicy(_ record: DocumentRecord) -> AssurancePolicy? {
        guard let bytes = try? record.document(issuer: issuer) else { return nil }
        return try? AssurancePolicy.decodeAll([(name: "\(record.id).json", bytes: bytes)]).first
    }
}
