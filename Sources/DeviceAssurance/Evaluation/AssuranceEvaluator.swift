// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// Judges a device by policies; pure, the time is an argument.
///
/// All conditions of a policy must be met; of several policies one must be. A set without policies is met by every device. A
/// condition whose signal is missing, unknown or not applicable is indeterminate and counts as not met; its remediation says
/// why. That holds also for a server that has no screen to lock, or a container that sees no disk: who wants to let such
/// machines in states a policy without that condition.
///
/// A grace period covers what is indeterminate as it covers what is not met, but not a device of another platform, or of one
/// that is not known. With several policies the longest one counts.
public enum AssuranceEvaluator {
    /// Judges a device by one policy.
    ///
    /// - Parameters:
    ///   - policy: the policy.
    ///   - evidence: what is reported of the device.
    ///   - context: the time and what else is known.
    public static func judge(
        _ policy: AssurancePolicy, _ evidence: DeviceEvidence, _ context: AssuranceContext
    ) -> PolicyJudgement {
        let findings = RequirementJudge(policy: policy, evidence: evidence, context: context).findings
        let isOfPlatform = findings.first { $0.condition == .platform }?.outcome == .met
        var judgement = PolicyJudgement(
            policyID: policy.id, isOfPlatform: isOfPlatform, findings: findings,
            displayRemediationMode: policy.displayRemediationMode)
        guard isOfPlatform, judgement.outcome != .met else { return judgement }
        let first = min(context.firstNonCompliant[policy.id] ?? context.now, context.now)
        judgement.firstNonCompliant = first
        if let end = policy.gracePeriod?.end(firstNonCompliant: first), end > context.now {
            judgement.graceUntil = end
        }
        return judgement
    }

    /// Judges a device by a set of policies, of which one must be met.
    public static func evaluate(
        _ policies: [AssurancePolicy], _ evidence: DeviceEvidence, _ context: AssuranceContext
    ) -> AssuranceResult {
        AssuranceResult(policies.map { judge($0, evidence, context) }, customization: context.customization)
    }

    /// Judges what the agent alone reports by a set of policies, with the releases that come with this build.
    ///
    /// - Parameters:
    ///   - policies: the policies.
    ///   - snapshot: what the device reports.
    ///   - now: seconds since 1970-01-01 UTC.
    ///   - firstNonCompliant: ``AssuranceResult/firstNonCompliant`` of this device's last judgement.
    public static func evaluate(
        _ policies: [AssurancePolicy], _ snapshot: PostureSnapshot, now: Int64, firstNonCompliant: [String: Int64] = [:]
    ) -> AssuranceResult {
        evaluate(
            policies, DeviceEvidence(snapshot),
            AssuranceContext(
                now: now, firstNonCompliant: firstNonCompliant, releaseFeed: try? ReleaseFeed.shipped()))
    }
}
