// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a set of policies, of which one must be met, comes to for one device.
public struct AssuranceResult: Hashable, Sendable {
    /// Whether the device is let in.
    public enum Verdict: Hashable, Sendable {
        /// It meets a policy, or there is none.
        case compliant
        /// It meets none, but is let in with a warning until a time, in seconds since 1970-01-01 UTC.
        case inGracePeriod(until: Int64, [Remediation])
        /// It meets none and is not let in.
        case notCompliant([Remediation])
    }

    /// A policy that the device does not meet.
    public struct Failure: Hashable, Sendable {
        /// The policy's id.
        public var policyID: String
        /// What is missing, in full even where the policy hides it from the person: for the audit log.
        public var remediations: [Remediation]
    }

    /// Whether the device is let in; with what the person is told, without title, explanation and help.
    public var verdict: Verdict
    /// Every policy that is not met, also where another one is.
    public var failures: [Failure]
    /// Since when each of these policies has not been met, by its id, in seconds since 1970-01-01 UTC.
    ///
    /// To be kept for the device and passed in next time in place of what was kept before: a policy that is met again is no
    /// longer in it. Where not all policies were judged, ``NonCompliance`` keeps the others'.
    public var firstNonCompliant: [String: Int64]
    /// What the person is told, in Okta's order; `nil` where a policy is met.
    public var view: RemediationView?

    /// The result of judgements by policies of which one must be met.
    public init(
        _ judgements: [PolicyJudgement], customization: RemediationCustomization = RemediationCustomization()
    ) {
        let failed = judgements.filter { $0.outcome != .met }
        failures = failed.map { Failure(policyID: $0.policyID, remediations: $0.remediations) }
        firstNonCompliant = Dictionary(
            failed.compactMap { judgement in judgement.firstNonCompliant.map { (judgement.policyID, $0) } },
            uniquingKeysWith: min)
        guard failed.count == judgements.count, !judgements.isEmpty else {
            verdict = .compliant
            return
        }
        let until = failed.compactMap(\.graceUntil).max()
        let view = RemediationView(failed, graceUntil: until, customization: customization)
        self.view = view
        if let until {
            verdict = .inGracePeriod(until: until, view.advice)
        } else {
            verdict = .notCompliant(view.advice)
        }
    }
}

/// Since when a device has not met policies: what is kept between judgements.
public enum NonCompliance {
    /// What is to be kept after judgements by some of the policies that there are.
    ///
    /// A policy that is met is forgotten, so that its grace period begins anew; one that is not met is remembered from its first
    /// time on; one that was not judged stays as it was, so that signing in to another app neither ends nor renews its period;
    /// one that is gone is forgotten.
    ///
    /// - Parameters:
    ///   - judgements: what was judged.
    ///   - before: what was kept.
    ///   - policyIDs: the policies that there are.
    public static func after(
        _ judgements: [PolicyJudgement], before: [String: Int64], policyIDs: Set<String>
    ) -> [String: Int64] {
        var kept = before.filter { policyIDs.contains($0.key) }
        for judgement in judgements where policyIDs.contains(judgement.policyID) {
            // A judgement about another platform says nothing: who pretends one for once does not begin anew.
            guard judgement.isOfPlatform else { continue }
            kept[judgement.policyID] = judgement.firstNonCompliant
        }
        return kept
    }
}
