// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// Since when a device has not met a policy, by the policy's name.
struct AssuranceStanding: StoredRecord, Hashable {
    static let collection = "assurance_standings"

    /// The device's id.
    let id: String
    /// Times in seconds since 1970.
    var firstNonCompliant: [String: Int64]
}

/// Judges a device and keeps since when it has not met what it was judged by.
struct AssuranceEvaluation: Sendable {
    let judge: any AssuranceJudge

    /// Judges signals within the transaction of the sign-in. A policy that is met, or is gone, is forgotten; one that is not
    /// is remembered from its first time on.
    func verdict(
        on snapshot: PostureSnapshot, deviceID: String, now: Int64, in writer: any StoreWriter
    ) throws -> AssuranceVerdict {
        guard !judge.policyIDs.isEmpty else { return .compliant }
        let known = try writer.record(AssuranceStanding.self, id: deviceID)
        let before = known?.firstNonCompliant ?? [:]
        let (verdict, unmet) = judge.verdict(on: snapshot, now: now, firstNonCompliant: before)
        var after: [String: Int64] = [:]
        for policy in unmet { after[policy] = before[policy] ?? now }
        if after.isEmpty {
            if known != nil { try writer.delete(AssuranceStanding.self, id: deviceID) }
        } else if after != before {
            try writer.save(AssuranceStanding(id: deviceID, firstNonCompliant: after))
        }
        return verdict
    }
}
