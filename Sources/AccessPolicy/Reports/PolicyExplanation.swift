// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A trace told to people, and to programs.
public struct PolicyExplanation: Hashable, Sendable {
    /// What is told.
    public var trace: AccessPolicyTrace

    /// An explanation.
    public init(_ trace: AccessPolicyTrace) { self.trace = trace }

    /// Lines for a person: the decision first, then each policy with its rules and their conditions.
    public var text: String {
        let decision = trace.decision
        var lines = ["\(decision.access.rawValue): \(decision.why)"]
        if let verification = decision.verification { lines += ["To prove: \(verification.words)"] }
        for item in decision.undecided {
            lines.append("Undecided: \(item.rule.label): \(item.condition.rawValue): \(item.reason)")
        }
        for policy in trace.policies {
            lines += ["", "Policy \(policy.reference.label)"]
            for rule in policy.rules {
                lines.append(
                    "  \(rule.isDeciding ? "→" : " ") \(rule.status.rawValue)  \(rule.access.rawValue)  \(rule.reference.label)"
                )
                lines += rule.conditions.map {
                    "        \($0.outcome.status.rawValue)  \($0.type)\($0.outcome.reasonSuffix)"
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The same for a program.
    public var json: JSONValue {
        var members = trace.decision.json.members ?? []
        members.append(JSONMember("policies", .array(trace.policies.map(\.json))))
        return .object(members)
    }
}

extension ConditionOutcome {
    /// The reason, where nobody can tell.
    var reason: String? {
        if case .undecided(let reason) = self { reason } else { nil }
    }

    fileprivate var reasonSuffix: String { reason.map { ": \($0)" } ?? "" }
}

extension AccessPolicyDecision {
    /// The decision for a log or a program.
    public var json: JSONValue {
        .object(of: [
            ("access", .string(access.rawValue)), ("why", .string(why)), ("policy", policy?.json), ("rule", rule?.json),
            ("verificationMethod", verification?.json),
            (
                "undecided",
                .array(
                    undecided.map { item in
                        .object(of: [
                            ("policy", item.policy?.json), ("rule", item.rule.json),
                            ("condition", .string(item.condition.rawValue)), ("reason", .string(item.reason)),
                        ])
                    })
            ),
        ])
    }
}

extension AccessPolicyDecision.Reference {
    fileprivate var json: JSONValue { .object(of: [("id", id.map(JSONValue.string)), ("name", .string(name))]) }
}

extension AccessPolicyTrace.Policy {
    fileprivate var json: JSONValue {
        .object(of: [
            ("id", reference.id.map(JSONValue.string)), ("name", .string(reference.name)),
            ("status", .string(status.rawValue)), ("rules", .array(rules.map(\.json))),
        ])
    }
}

extension AccessPolicyTrace.Rule {
    fileprivate var json: JSONValue {
        .object(of: [
            ("id", reference.id.map(JSONValue.string)), ("name", .string(reference.name)),
            ("access", .string(access.rawValue)), ("status", .string(status.rawValue)),
            ("deciding", .boolean(isDeciding)),
            (
                "conditions",
                .array(
                    conditions.map { condition in
                        .object(of: [
                            ("type", .string(condition.type)), ("status", .string(condition.outcome.status.rawValue)),
                            ("reason", condition.outcome.reason.map(JSONValue.string)),
                        ])
                    })
            ),
        ])
    }
}
