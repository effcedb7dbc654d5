// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceAssurance

/// What every policy of device assurance says of one device.
struct AssuranceFindings: Sendable {
    /// What each says, before the mode is applied; empty where the device reported nothing.
    private(set) var judgements: [PolicyJudgement] = []
    /// What rules are told, by the policy's id: the mode is part of it, so that rules see what the organisation makes of a device.
    private(set) var verdicts: [String: AccessRequest.AssuranceVerdict] = [:]
    private let customization: RemediationCustomization

    /// Judges a device by each policy alone.
    init(
        _ policies: PolicySet, of evidence: DeviceEvidence, mode: AssuranceMode, now: Int64,
        firstNonCompliant: [String: Int64], releases: CurrentReleases?
    ) {
        let context = policies.context(now: now, firstNonCompliant: firstNonCompliant, releases: releases)
        customization = context.customization
        for policy in policies.assurancePolicies {
            let judgement = AssuranceEvaluator.judge(policy, evidence, context)
            judgements.append(judgement)
            verdicts[policy.id] = Self.verdict(judgement, mode)
        }
    }

    /// A device of which nothing was reported: nothing is said of it.
    init() { customization = RemediationCustomization() }

    /// The ids of the policies that let the device in.
    var met: Set<String> { Set(judgements.filter(\.admits).map(\.policyID)) }

    /// What is wrong by some policies of which one must be met, and until when that is let pass.
    func result(of ids: some Sequence<String>) -> AssuranceResult {
        let ids = Set(ids)
        return AssuranceResult(judgements.filter { ids.contains($0.policyID) }, customization: customization)
    }

    private static func verdict(_ judgement: PolicyJudgement, _ mode: AssuranceMode) -> AccessRequest.AssuranceVerdict {
        if judgement.outcome == .met { return .compliant }
        // A policy for another platform is not matched, whatever the mode.
        guard judgement.isOfPlatform else { return unmet(judgement) }
        return switch mode {
        case .report: .compliant
        case .notify: .inGracePeriod
        case .warnThenBlock: judgement.graceUntil == nil ? unmet(judgement) : .inGracePeriod
        case .block: unmet(judgement)
        }
    }

    private static func unmet(_ judgement: PolicyJudgement) -> AccessRequest.AssuranceVerdict {
        guard judgement.outcome == .indeterminate else { return .notCompliant }
        return .indeterminate(reason: judgement.remediations.first?.message ?? "the device does not tell")
    }
}
