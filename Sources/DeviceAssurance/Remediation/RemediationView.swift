// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a person is told about a device that meets none of the policies, in Okta's order: title, explanation, options, help.
public struct RemediationView: Hashable, Sendable, Codable {
    /// One way to meet the requirements: the items of one policy.
    public struct Option: Hashable, Sendable, Codable {
        /// What heads it (`Option 1:`); `nil` where there is one option only.
        public var heading: Remediation?
        /// What is to be changed.
        public var items: [Remediation]

        /// An option.
        public init(heading: Remediation? = nil, items: [Remediation]) {
            self.heading = heading
            self.items = items
        }
    }

    /// What is the matter; in a grace period the warning with the date by which things are to be mended.
    public var title: Remediation
    /// What to do about it; `nil` in a grace period, and where no item is told.
    public var explanation: Remediation?
    /// The ways to mend it; empty where the policies hide them, or nobody can do anything.
    public var options: [Option]
    /// Where there is help.
    public var help: Remediation
    /// Until when the device is let in all the same, in seconds since 1970; `nil` where it is not.
    public var graceUntil: Int64?
    /// Whether a policy hides what is missing, or has nothing to tell: the general help has to stand for it.
    private var isPartial: Bool

    /// Everything in the order in which it is shown.
    public var messages: [Remediation] {
        [title] + (explanation.map { [$0] } ?? []) + advice(withHelp: false) + [help]
    }

    /// The options alone, and the help where something is not told by them.
    public var advice: [Remediation] { advice(withHelp: isPartial) }

    private func advice(withHelp: Bool) -> [Remediation] {
        options.flatMap { ($0.heading.map { [$0] } ?? []) + $0.items } + (withHelp ? [help] : [])
    }

    /// The view of policies of which none is met.
    ///
    /// Policies for other platforms are told of only where there is no other.
    init(_ failed: [PolicyJudgement], graceUntil: Int64?, customization: RemediationCustomization) {
        let own = failed.filter(\.isOfPlatform)
        let candidates = own.isEmpty ? failed : own
        let outcome: Remediation.Outcome =
            candidates.contains { $0.outcome == .notMet } ? .notMet : .indeterminate
        var shown: [(items: [Remediation], outcome: Remediation.Outcome)] = []
        var told: Set<[Remediation]> = []
        isPartial = false
        for judgement in candidates {
            let items = judgement.remediations.filter(\.isActionable)
            let isHidden = judgement.displayRemediationMode == .hide
            if isHidden || items.count < judgement.remediations.count { isPartial = true }
            guard !isHidden, !items.isEmpty, told.insert(items).inserted || judgement.isOfPlatform else { continue }
            shown.append((items, items.contains { $0.outcome == .notMet } ? .notMet : .indeterminate))
        }
        options = shown.enumerated().map { index, option in
            Option(
                heading: shown.count > 1 ? .option(index + 1, outcome: option.outcome) : nil, items: option.items)
        }
        help = .help(customization, outcome: outcome)
        self.graceUntil = graceUntil
        if let graceUntil {
            let date = Timestamp(seconds: graceUntil).text
            title = Remediation(
                key: Remediation.graceKey, parameters: [date],
                message: RemediationTexts.shipped.message("grace_period.due_by_date", [date], distribution: nil),
                outcome: outcome)
        } else {
            title = .advice("title", outcome: outcome)
            explanation =
                options.isEmpty
                ? nil
                : .advice(
                    options.count > 1 ? "explanation_multiple_rules" : "explanation_one_rule", outcome: outcome)
        }
    }
}
