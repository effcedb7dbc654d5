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

/// Judges a device by the organisation's policies and keeps since when it has not met them.
struct AssuranceEvaluation: Sendable {
    let policies: [AssurancePolicy]

    /// Judges signals within the transaction of the sign-in. A policy that is met, or is gone, is forgotten; one that is not
    /// is remembered from its first time on.
    func result(
        of snapshot: PostureSnapshot, deviceID: String, now: Int64, in writer: any StoreWriter
    ) throws -> AssuranceResult {
        let known = try writer.record(AssuranceStanding.self, id: deviceID)
        let before = known?.firstNonCompliant ?? [:]
        let result = AssuranceEvaluator.evaluate(policies, snapshot, now: now, firstNonCompliant: before)
        if result.firstNonCompliant.isEmpty {
            if known != nil { try writer.delete(AssuranceStanding.self, id: deviceID) }
        } else if result.firstNonCompliant != before {
            try writer.save(AssuranceStanding(id: deviceID, firstNonCompliant: result.firstNonCompliant))
        }
        return result
    }
}
