// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What one condition comes to.
public struct ConditionFinding: Hashable, Sendable {
    /// Whether a condition is met.
    public enum Outcome: String, Hashable, Sendable {
        /// It is.
        case met
        /// It is known not to be.
        case notMet
        /// It could not be judged, which never counts as met.
        case indeterminate
    }

    /// The condition.
    public var condition: AssuranceCondition
    /// What to do about it, and why; `nil` where it is met.
    public var remediation: Remediation?

    /// Whether it is met.
    public var outcome: Outcome {
        switch remediation?.outcome {
        case nil: .met
        case .notMet: .notMet
        case .indeterminate: .indeterminate
        }
    }

    /// A finding.
    public init(_ condition: AssuranceCondition, _ remediation: Remediation?) {
        self.condition = condition
        self.remediation = remediation
    }
}

/// What one policy comes to for one device.
public struct PolicyJudgement: Hashable, Sendable {
    /// The policy's id.
    public var policyID: String
    /// Whether the policy is for the device's platform; one that is not, or where the platform is not known, gives no grace.
    public var isOfPlatform: Bool
    /// Every condition that was judged, in the order of the policy's members; of another platform only that.
    public var findings: [ConditionFinding]
    /// Whether a person is told what to change.
    public var displayRemediationMode: AssurancePolicy.DisplayRemediationMode
    /// Since when the policy has not been met, in seconds since 1970; `nil` where it is met or is of another platform.
    public var firstNonCompliant: Int64?
    /// Until when the device is let in all the same, in seconds since 1970; `nil` where that time is over or never was.
    public var graceUntil: Int64?

    /// A judgement.
    public init(
        policyID: String, isOfPlatform: Bool, findings: [ConditionFinding],
        displayRemediationMode: AssurancePolicy.DisplayRemediationMode, firstNonCompliant: Int64? = nil,
        graceUntil: Int64? = nil
    ) {
        self.policyID = policyID
        self.isOfPlatform = isOfPlatform
        self.findings = findings
        self.displayRemediationMode = displayRemediationMode
        self.firstNonCompliant = firstNonCompliant
        self.graceUntil = graceUntil
    }

    /// Whether the policy is met: one condition that is known not to be met decides, before others that are not known.
    public var outcome: ConditionFinding.Outcome {
        let outcomes = findings.map(\.outcome)
        if outcomes.contains(.notMet) { return .notMet }
        return outcomes.contains(.indeterminate) ? .indeterminate : .met
    }

    /// Whether the policy lets the device in: it is met, or in its grace period.
    public var admits: Bool { outcome == .met || graceUntil != nil }

    /// What is missing, in the order of the policy's members.
    public var remediations: [Remediation] { findings.compactMap(\.remediation) }
}
