// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/zones`.
struct ZoneRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        DocumentRoutes(
            gate: gate, document: ZoneManagedDocument.self, path: "zones", resource: .networkZones,
            user: Self.ruleThatNames
        ).add(to: router)
        for change in [DocumentChange.activate, .deactivate] {
            gate.on(router, .post, "/zones/:id/lifecycle/\(change.rawValue)", .networkZones) { call in
                let author = DocumentRoutes.author(call)
                return try await call.change { writer in
                    let record = try DocumentRoutes.record(.zone, call, in: writer)
                    try call.checkMatch(try record.value(issuer: call.services.settings.issuer))
                    if change == .deactivate, let user = try Self.ruleThatNames(record, in: writer) {
                        throw ManagementError.validation("the zone is in use", ["it is in use by \(user)"])
                    }
                    let (changed, event) = try DocumentRoutes.set(record, change, by: author, in: writer)
                    return try DocumentRoutes.answer(changed, call).telling(event)
                }
            }
        }
    }

    /// The rule that a zone is a condition of.
    private static func ruleThatNames(_ record: DocumentRecord, in reader: any StoreReader) throws -> String? {
        let policies = try DocumentRecords.all(.policy, in: reader) + DocumentRecords.all(.passwordPolicy, in: reader)
        for policy in policies {
            for rule in try DocumentRecords.rules(of: policy, in: reader) {
                let network = try rule.content["conditions"]?["network"]
                let named = (network?["include"]?.elements ?? []) + (network?["exclude"]?.elements ?? [])
                if named.contains(.string(record.id)) { return "the rule '\(rule.name)' of '\(policy.name)'" }
            }
        }
        return nil
    }
}
