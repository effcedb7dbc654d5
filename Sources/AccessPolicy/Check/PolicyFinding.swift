// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Something about a policy that an administrator should look at.
public struct PolicyFinding: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        /// It is wrong: it does not do what it says.
        case error
        /// It is probably not what was meant.
        case warning
    }

    /// How bad it is.
    public var severity: Severity
    /// A stable name of what is found, such as `unreachable-rule`.
    public var code: String
    /// The policy.
    public var policy: String?
    /// The rule.
    public var rule: String?
    /// The member, such as `conditions.device`.
    public var member: String?
    /// What is found, and why it matters.
    public var message: String
    /// What to do about it.
    public var hint: String?

    /// A finding.
    public init(
        severity: Severity, code: String, policy: String? = nil, rule: String? = nil, member: String? = nil,
        message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.policy = policy
        self.rule = rule
        self.member = member
        self.message = message
        self.hint = hint
    }

    /// One line.
    public var text: String {
        let place = [policy, rule, member].compactMap(\.self).joined(separator: " › ")
        let advice = hint.map { " (\($0))" } ?? ""
        return "\(severity.rawValue): \(place.isEmpty ? "" : "\(place): ")\(message)\(advice) [\(code)]"
    }

    /// The finding for a program.
    public var json: JSONValue {
        .object(of: [
            ("severity", .string(severity.rawValue)), ("code", .string(code)), ("policy", policy.map(JSONValue.string)),
            ("rule", rule.map(JSONValue.string)), ("member", member.map(JSONValue.string)),
            ("message", .string(message)), ("hint", hint.map(JSONValue.string)),
        ])
    }
}
