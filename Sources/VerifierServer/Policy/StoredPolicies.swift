// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import AccessPolicy
internal import DeviceAssurance
internal import Logging
internal import ManagementQueries
internal import Synchronization

/// The policies of the store, which the management API keeps, beside those of the configuration.
///
/// A document is read by its module's type. One that is not understood lets nobody in: a policy that cannot be read, or of which
/// one rule cannot, denies; nobody knows whether an address is in a zone that cannot be read. Both are logged.
///
/// The system's account management policy counts from an administrator's first change of its rules on, and not beside a policy of
/// the configuration about the same: what is made because somebody looked changes nothing.
///
/// What was made of the documents is kept for as long as their edition (``DocumentEdition``) is the one that a caller's transaction
/// sees: a change counts at the very next decision, whoever made it, and no decision is by documents of two editions.
package final class StoredPolicies: PolicySource {
    private let configured: PolicySet
    private let zones: [NetworkZone]
    private let issuer: String
    private let logger = Logger(label: "verifier")
    private let known = Mutex<(edition: DocumentEdition?, set: PolicySet)?>(nil)

    /// The store's policies and these.
    package init(configured: PolicySet, zones: [NetworkZone], issuer: String) {
        self.configured = configured
        self.zones = zones
        self.issuer = issuer
    }

    package func policies(in reader: any StoreReader) throws -> PolicySet {
        let edition = try DocumentEdition.current(in: reader)
        if let known = known.withLock({ $0 }), known.edition == edition { return known.set }
        let set = try compiled(in: reader)
        known.withLock { $0 = (edition, set) }
        return set
    }

    private func compiled(in reader: any StoreReader) throws -> PolicySet {
        let policies = try DocumentRecords.all(.policy, in: reader).map { policy in
            (policy, try DocumentRecords.all(.rule, parentID: policy.id, in: reader))
        }
        let passwords = try DocumentRecords.all(.passwordPolicy, in: reader).map { policy in
            passwordPolicy(policy, try DocumentRecords.rules(of: policy, in: reader))
        }
        let zones = try DocumentRecords.all(.zone, in: reader)
        let assurance = try DocumentRecords.all(.deviceAssurance, in: reader)
        let checks = try DocumentRecords.all(.postureCheck, in: reader)
        if policies.isEmpty, passwords.isEmpty, zones.isEmpty, assurance.isEmpty, checks.isEmpty { return configured }
        return PolicySet(
            accessPolicies: configured.accessPolicies
                + policies.filter { counts($0.0, $0.1) }.map { policy($0.0, $0.1) },
            passwordPolicies: configured.passwordPolicies + passwords, zones: self.zones + zones.map(zone),
            assurancePolicies: configured.assurancePolicies + assurance.compactMap(assurancePolicy),
            assuranceContext: context(checks))
    }

    package func person(_ user: User, in reader: any StoreReader) throws -> AccessRequest.User {
        AccessRequest.User(user, groups: try GroupMembership.groups(of: user.id, in: reader))
    }

    /// Whether a policy counts: one of the system's does not where the configuration has its own, or while nobody touched it.
    private func counts(_ record: DocumentRecord, _ rules: [DocumentRecord]) -> Bool {
        guard record.isSystem else { return true }
        return !configured.governsAccounts && rules.contains { !$0.isSystem || $0.revision > 1 }
    }

    private func policy(_ record: DocumentRecord, _ rules: [DocumentRecord]) -> AccessPolicy {
        do {
            var policy = try AccessPolicy.decode(record.document(issuer: issuer))
            policy.rules = try rules.map { try AccessPolicyRule.decode($0.document(issuer: issuer)) }
            return policy
        } catch {
            logger.error(
                "the policy \(record.id) or a rule of it cannot be read, and denies until it is mended: \(error)")
            return closed(record)
        }
    }

    /// What stands in for a policy that cannot be read: it is about the same, at the same place, and denies.
    private func closed(_ record: DocumentRecord) -> AccessPolicy {
        var metadata = PolicyMetadata(
            id: record.id, name: record.name, priority: record.priority, isSystem: record.isSystem)
        metadata.status = record.status == .active ? .active : .inactive
        let deny = AccessPolicyRule(metadata: PolicyMetadata(name: "Unreadable policy", isSystem: true))
        return AccessPolicy(
            metadata: metadata, resourceType: record.isSystem ? .endUserAccountManagement : .app, rules: [deny])
    }

    /// A password policy; one that cannot be read, or of which one rule cannot, allows nothing to anybody.
    private func passwordPolicy(_ record: DocumentRecord, _ rules: [DocumentRecord]) -> PasswordPolicy {
        do {
            var policy = try PasswordPolicy.decode(record.document(issuer: issuer))
            policy.rules = try rules.map { try PasswordPolicyRule.decode($0.document(issuer: issuer)) }
            return policy
        } catch {
            logger.error(
                "the password policy \(record.id) or a rule of it cannot be read, and denies until it is mended: \(error)"
            )
            var metadata = PolicyMetadata(id: record.id, name: record.name, priority: record.priority)
            metadata.status = record.status == .active ? .active : .inactive
            return PasswordPolicy(metadata: metadata, rules: [])
        }
    }

    private func zone(_ record: DocumentRecord) -> NetworkZone {
        do { return try NetworkZone.decode(record.document(issuer: issuer)) } catch {
            logger.error("the zone \(record.id) cannot be read; nobody is known to be in or out of it: \(error)")
            return undecided(record)
        }
    }

    /// What stands in for a zone that cannot be read: it asks for what this verifier never knows. One that may be a blocklist is one.
    private func undecided(_ record: DocumentRecord) -> NetworkZone {
        var unknown = DynamicZone()
        unknown.proxy = .any
        var metadata = PolicyMetadata(id: record.id, name: record.name, isSystem: record.isSystem)
        metadata.status = record.status == .active ? .active : .inactive
        let usage = try? (record.content["usage"] ?? "POLICY").text?.uppercased()
        return NetworkZone(
            metadata: metadata, usage: usage == "POLICY" ? .policy : .blocklist, kind: .dynamic(unknown))
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
