// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// Judges a device's signals by policies; pure, the time is an argument.
public enum AssuranceEvaluator {
    /// Judges a snapshot by a set of policies.
    ///
    /// All conditions of a policy must be met; of several policies one must be. A set without policies is met by every
    /// device. A condition whose signal is missing, unknown or not applicable is indeterminate and counts as not met; its
    /// remediation says why. That holds also for a server that has no screen to lock, or a container that sees no disk:
    /// who wants to let such machines in states a policy without that condition.
    ///
    /// A grace period covers what is indeterminate as it covers what is not met. With several policies the longest one
    /// counts.
    ///
    /// - Parameters:
    ///   - policies: the policies.
    ///   - snapshot: what the device reports.
    ///   - now: seconds since 1970-01-01 UTC.
    ///   - firstNonCompliant: ``AssuranceResult/firstNonCompliant`` of this device's last judgement; times after `now` count
    ///     as `now`, so that a clock that was wrong lengthens nothing.
    public static func evaluate(
        _ policies: [AssurancePolicy], _ snapshot: PostureSnapshot, now: Int64, firstNonCompliant: [String: Int64] = [:]
    ) -> AssuranceResult {
        var failed: [(policy: AssurancePolicy, remediations: [Remediation])] = []
        var since: [String: Int64] = [:]
        var graceEnd: Int64?
        for policy in policies {
            let remediations = RequirementJudge(policy: policy, snapshot: snapshot).remediations
            guard !remediations.isEmpty else { continue }
            failed.append((policy, remediations))
            let first = min(firstNonCompliant[policy.id] ?? now, now)
            since[policy.id] = first
            if let end = policy.gracePeriod?.end(firstNonCompliant: first), end > now {
                graceEnd = max(graceEnd ?? end, end)
            }
        }
        let verdict: AssuranceResult.Verdict
        if failed.count < policies.count || policies.isEmpty {
            verdict = .compliant
        } else if let graceEnd {
            verdict = .inGracePeriod(until: graceEnd, advice(failed))
        } else {
            verdict = .notCompliant(advice(failed))
        }
        return AssuranceResult(
            verdict: verdict,
            failures: failed.map { AssuranceResult.Failure(policyID: $0.policy.id, remediations: $0.remediations) },
            firstNonCompliant: since)
    }

    /// What the person is told: the items of the policies that show them, as options where there are several, and one
    /// general text for those that hide them.
    private static func advice(_ failed: [(policy: AssurancePolicy, remediations: [Remediation])]) -> [Remediation] {
        let shown = failed.filter { $0.policy.displayRemediationMode == .show }
        let hidden = failed.filter { $0.policy.displayRemediationMode == .hide }
        var advice: [Remediation] = []
        for (index, item) in shown.enumerated() {
            if shown.count > 1 { advice.append(.option(index + 1, outcome: outcome(item.remediations))) }
            advice += item.remediations
        }
        if !hidden.isEmpty { advice.append(.general(outcome: outcome(hidden.flatMap(\.remediations)))) }
        return advice
    }

    private static func outcome(_ remediations: [Remediation]) -> Remediation.Outcome {
        remediations.contains { $0.outcome == .notMet } ? .notMet : .indeterminate
    }
}
