// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension Remediation {
    /// What Okta's keys for texts about device assurance begin with.
    static let keyPrefix = "idx.error.code.access_denied.device_assurance.remediation"
    /// What keys end with that say that something is not known.
    static let unknownSuffix = ".unknown"
    /// The key of the warning that heads a grace period's view.
    static let graceKey = "idx.device_assurance.grace_period.warning.title.due_by_date"

    /// An advice by the rest of its key, in the text that comes with this build.
    static func advice(
        _ key: String, _ parameters: [String] = [], outcome: Outcome = .notMet, distribution: String? = nil,
        links: [Link] = []
    ) -> Remediation {
        Remediation(
            key: "\(keyPrefix).\(key)", parameters: parameters,
            message: RemediationTexts.shipped.message(key, parameters, distribution: distribution), outcome: outcome,
            links: links, isActionable: RemediationTexts.shipped.isActionable(key), distribution: distribution)
    }

    /// An advice with words in its places.
    static func advice(
        _ key: String, filledWith wordings: [Wording], outcome: Outcome = .notMet, distribution: String? = nil
    ) -> Remediation {
        var filled = advice(key, wordings.map(\.english), outcome: outcome, distribution: distribution)
        for (place, wording) in wordings.enumerated() { filled.phrases[place] = wording.phrase }
        return filled
    }

    /// What is said of a condition that could not be judged.
    static func unknown(_ condition: AssuranceCondition, _ platform: DevicePlatform, reason: Wording) -> Remediation {
        let prefix: String
        var subject = Wording.words("unknown.\(condition.key)")
        switch condition {
        case .provider(let provider, let member):
            prefix = provider.key
            subject = .words("unknown.\(provider.key)", member)
        case .postureCheck: prefix = "osquery"
        default: prefix = platform.key
        }
        var judgement = advice("unknown", filledWith: [reason, subject], outcome: .indeterminate)
        judgement.key = "\(keyPrefix).\(prefix).\(condition.key)\(unknownSuffix)"
        return judgement
    }

    /// What heads the items of one policy, where there are several.
    static func option(_ number: Int, outcome: Outcome) -> Remediation {
        advice("option_index", [String(number)], outcome: outcome)
    }

    /// The general help: the organisation's page, where there is one.
    static func help(_ customization: RemediationCustomization, outcome: Outcome) -> Remediation {
        guard let url = customization.helpURL else { return advice("additional_help_default", outcome: outcome) }
        return advice("additional_help_custom", outcome: outcome, links: [Link(url: url)])
    }
}
