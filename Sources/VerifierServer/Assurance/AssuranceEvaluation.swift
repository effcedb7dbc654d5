// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import DeviceSignals

/// Since when a device has not met a policy, by the policy's id.
struct AssuranceStanding: StoredRecord, Hashable {
    static let collection = "assurance_standings"

    /// The device's id.
    let id: String
    /// Times in seconds since 1970.
    var firstNonCompliant: [String: Int64]
}

extension AssuranceStanding {
    /// Keeps since when a device has not met the policies. A policy that is met, or is gone, is forgotten; one that is not is
    /// remembered from its first time on.
    static func keep(
        _ judgements: [PolicyJudgement], of deviceID: String, _ before: [String: Int64], _ policies: PolicySet,
        in writer: any StoreWriter
    ) throws {
        let after = NonCompliance.after(
            judgements, before: before, policyIDs: Set(policies.assurancePolicies.map(\.id)))
        guard after != before else { return }
        if after.isEmpty {
            try writer.delete(AssuranceStanding.self, id: deviceID)
        } else {
            try writer.save(AssuranceStanding(id: deviceID, firstNonCompliant: after))
        }
    }
}

/// Judges a device by all of the organisation's policies, of which it must meet one, where no access policy says more.
struct AssuranceEvaluation: Sendable {
    /// All policies that there are.
    let policies: PolicySet
    /// Those that guard every app: the configuration's. One that is added for the rules of access policies must not let more in.
    let guarding: [AssurancePolicy]
    /// The release feed that the administrator keeps, if there is one.
    let releases: CurrentReleases?

    /// Judges signals within the transaction of the sign-in.
    func result(
        of evidence: DeviceEvidence, deviceID: String, now: Int64, in writer: any StoreWriter
    ) throws -> AssuranceResult {
        let before = try writer.record(AssuranceStanding.self, id: deviceID)?.firstNonCompliant ?? [:]
        let context = policies.context(now: now, firstNonCompliant: before, releases: releases)
        let judgements = guarding.map {
            AssuranceEvaluator.judge($0, evidence, context)
        }
        try AssuranceStanding.keep(judgements, of: deviceID, before, policies, in: writer)
        return AssuranceResult(judgements, customization: context.customization)
    }
}
