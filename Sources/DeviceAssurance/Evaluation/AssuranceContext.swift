// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a judgement needs beside policy and evidence.
public struct AssuranceContext: Sendable {
    /// Seconds since 1970-01-01 UTC.
    public var now: Int64
    /// ``AssuranceResult/firstNonCompliant`` of this device's last judgements. Times after ``now`` count as now, so that a
    /// clock that was wrong lengthens nothing.
    public var firstNonCompliant: [String: Int64]
    /// The releases that dynamic requirements are judged by; without it they are indeterminate.
    public var releaseFeed: ReleaseFeed?
    /// The administrator's own checks by variable name, for their advice.
    public var postureChecks: [String: DevicePostureCheck]
    /// The administrator's own texts and links.
    public var customization: RemediationCustomization

    /// A context.
    public init(
        now: Int64, firstNonCompliant: [String: Int64] = [:], releaseFeed: ReleaseFeed? = nil,
        postureChecks: [String: DevicePostureCheck] = [:],
        customization: RemediationCustomization = RemediationCustomization()
    ) {
        self.now = now
        self.firstNonCompliant = firstNonCompliant
        self.releaseFeed = releaseFeed
        self.postureChecks = postureChecks
        self.customization = customization
    }
}
