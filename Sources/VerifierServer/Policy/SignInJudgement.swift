// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceAssurance

/// What policies come to for a sign-in or a change of an account, and what is left to do.
struct SignInJudgement: Sendable {
    /// What is left to do.
    enum Outcome: Hashable, Sendable {
        /// Nothing: go on.
        case satisfied
        /// Nothing, after the person was told what to fix, until a time where there is one.
        case told([Remediation], until: Int64?)
        /// One more proof.
        case due(ProofDemand)
        /// What is asked for can be proved by nothing that there is here.
        case unattainable([String])
        /// Nobody is let in; what would help, where something on the device would.
        case denied([Remediation])
    }

    /// What was asked.
    let request: AccessRequest
    /// The decision, for the log.
    let decision: AccessPolicyDecision
    /// How risky it looked.
    let risk: RiskAssessment
    /// What is left to do.
    let outcome: Outcome

    /// Whether somebody is let in now, though perhaps told something first.
    var isLetIn: Bool {
        switch outcome {
        case .satisfied, .told: true
        case .due, .unattainable, .denied: false
        }
    }

    /// How the audit log calls it.
    var auditOutcome: AuditEvent.Outcome {
        switch outcome {
        case .satisfied, .told, .due: .allow
        case .unattainable: .deny("What the policy asks for cannot be proved here")
        case .denied: .deny("The policy does not allow it")
        }
    }

    /// What the audit log tells of it: names and reasons, and no signal's value.
    var auditData: [String: String] {
        var data = [
            "decision": decision.access.rawValue, "why": decision.why, "policy": decision.policy?.label ?? "",
            "rule": decision.rule?.label ?? "", "riskLevel": risk.level.rawValue,
        ]
        if !risk.reasons.isEmpty { data["riskReasons"] = risk.reasons.map(\.rawValue).joined(separator: ", ") }
        if !decision.undecided.isEmpty {
            data["undecided"] = decision.undecided.prefix(16)
                .map { "\($0.rule.label): \($0.condition.rawValue): \($0.reason)" }.joined(separator: "; ")
        }
        switch outcome {
        case .satisfied: data["verification"] = "satisfied"
        case .told(_, let until):
            data["verification"] = "satisfied"
            data["gracePeriodUntil"] = until.map(String.init) ?? "none"
        case .due(let demand): data["verification"] = "due: \(demand.words)"
        case .unattainable(let reasons): data["verification"] = "unattainable: \(reasons.joined(separator: "; "))"
        case .denied: break
        }
        return data
    }
}

extension ProofDemand {
    /// What is asked for, in the words of rules.
    fileprivate var words: String {
        var words: [String] = []
        if hardwareProtected { words.append("hardwareProtection") }
        if phishingResistant { words.append("phishingResistant") }
        if requiresUserVerification { words.append("userVerification") }
        if userPresence { words.append("userPresence") }
        if isReauthentication { words.append("re-authentication") }
        if let alias { words.append("\(alias)") }
        return words.isEmpty ? use.description : words.joined(separator: " ")
    }
}
