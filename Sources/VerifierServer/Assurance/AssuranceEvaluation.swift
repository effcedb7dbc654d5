// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance

/// Since when a device has not met a policy, by the policy's id.
struct AssuranceStanding: StoredRecord, Hashable {
    static let collection = "assurance_standings"

    /// The device's id.
    let id: String
    /// Times in seconds since 1970.
    var firstNonCompliant: [String: Int64]
}

/// Judges a device by the organisation's policies and keeps since when it has not met them.
struct AssuranceEvaluation: Sendable {
    private let policies: [AssurancePolicy]
    private let checks: [String: DevicePostureCheck]
    /// The releases that come with this build.
    private static let releaseFeed = try? ReleaseFeed.shipped()

    /// An evaluation by the organisation's policies and checks.
    init(_ settings: VerifierSettings) {
        policies = settings.assurancePolicies
        checks = Dictionary(settings.postureChecks.map { ($0.variableName, $0) }) { first, _ in first }
    }

    /// Judges what a device reported within the transaction of the sign-in. A policy that is met, or is gone, is forgotten; one that is not
    /// is remembered from its first time on.
    func result(
        of evidence: DeviceEvidence, deviceID: String, now: Int64, in writer: any StoreWriter
    ) throws -> AssuranceResult {
        let known = try writer.record(AssuranceStanding.self, id: deviceID)
        let before = known?.firstNonCompliant ?? [:]
        let result = AssuranceEvaluator.evaluate(
            policies, evidence,
            AssuranceContext(
                now: now, firstNonCompliant: before, releaseFeed: Self.releaseFeed, postureChecks: checks))
        if result.firstNonCompliant.isEmpty {
            if known != nil { try writer.delete(AssuranceStanding.self, id: deviceID) }
        } else if result.firstNonCompliant != before {
            try writer.save(AssuranceStanding(id: deviceID, firstNonCompliant: result.firstNonCompliant))
        }
        return result
    }
}
