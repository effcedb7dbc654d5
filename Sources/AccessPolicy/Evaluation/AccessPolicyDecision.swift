// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What policies come to for one request.
public struct AccessPolicyDecision: Hashable, Sendable {
    /// A policy, rule or zone by its names.
    public struct Reference: Hashable, Sendable {
        /// Its id, where it has one.
        public var id: String?
        /// Its name.
        public var name: String

        init(_ metadata: PolicyMetadata) {
            id = metadata.id
            name = metadata.name
        }

        /// Name and id for people.
        public var label: String { id.map { "\(name) (\($0))" } ?? name }
    }

    /// Why it is decided like this.
    public enum Reason: Hashable, Sendable {
        /// All conditions of the rule match.
        case ruleMatched
        /// The rule denies, and nothing of it is known not to match: what is undecided lets nobody in.
        case denyRuleUndecided
        /// No rule of any policy matches.
        case noRuleMatched
        /// There is no policy of this kind, or none that counts and has rules.
        case noPolicy
        /// The app's policy is not there, or is `INACTIVE`, or has no rules.
        case assignedPolicyMissing(String)
        /// The network is in a zone that is kept out (`BLOCKLIST`), or nobody can tell.
        case blockedNetwork(Reference)
    }

    /// A condition of a rule that nobody could decide, and that was not beside one that is known not to match.
    public struct Undecided: Hashable, Sendable {
        /// The policy; `nil` for a zone that is kept out.
        public var policy: Reference?
        /// The rule, or the zone.
        public var rule: Reference
        /// The condition.
        public var condition: ConditionKind
        /// Why nobody can tell.
        public var reason: String
    }

    /// The policy that decided; `nil` where none did.
    public var policy: Reference?
    /// The rule that decided; `nil` where none did.
    public var rule: Reference?
    /// Whether somebody is let in, once they proved what ``verification`` asks for.
    public var access: PolicyAccess
    /// Why.
    public var reason: Reason
    /// What could not be decided on the way, in the order in which it was asked.
    public var undecided: [Undecided]
    /// What has to be proved; `nil` where nobody is let in.
    public var verification: VerificationMethod?
    /// Whether somebody is asked to stay signed in.
    public var keepMeSignedIn: KeepMeSignedIn?

    /// Why, in words for an administrator.
    public var why: String {
        switch reason {
        case .ruleMatched: "the rule \(rule?.label ?? "") of the policy \(policy?.label ?? "") matches"
        case .denyRuleUndecided:
            "the rule \(rule?.label ?? "") of the policy \(policy?.label ?? "") denies, and it is not known that it does not match"
        case .noRuleMatched: "no rule matches"
        case .noPolicy: "there is no policy with rules for this"
        case .assignedPolicyMissing(let id): "the policy \(id) is not there, is inactive or has no rules"
        case .blockedNetwork(let zone): "the network is in the zone \(zone.label), which is kept out, or may be"
        }
    }
}
