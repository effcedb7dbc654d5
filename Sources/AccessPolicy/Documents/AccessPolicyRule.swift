// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A rule of an access policy: where all conditions match, its action is what happens.
public struct AccessPolicyRule: Hashable, Sendable {
    /// Id, name, status, priority.
    public var metadata: PolicyMetadata
    /// The conditions.
    public var conditions: RuleConditions
    /// What happens.
    public var action: AppSignOnAction

    /// A rule.
    public init(
        metadata: PolicyMetadata, conditions: RuleConditions = RuleConditions(),
        action: AppSignOnAction = AppSignOnAction(access: .deny)
    ) {
        self.metadata = metadata
        self.conditions = conditions
        self.action = action
    }
}

/// Whether somebody is let in.
public enum PolicyAccess: String, Hashable, Sendable, CaseIterable {
    /// Let in, once the verification that is asked for is done.
    case allow = "ALLOW"
    /// Kept out.
    case deny = "DENY"
}

/// `actions.appSignOn` of a rule.
public struct AppSignOnAction: Hashable, Sendable {
    /// Whether somebody is let in.
    public var access: PolicyAccess
    /// What they must prove; `nil` where the rule does not say, which is then one factor of any kind.
    public var verificationMethod: VerificationMethod?
    /// Whether they are asked to stay signed in.
    public var keepMeSignedIn: KeepMeSignedIn?

    /// An action.
    public init(
        access: PolicyAccess, verificationMethod: VerificationMethod? = nil, keepMeSignedIn: KeepMeSignedIn? = nil
    ) {
        self.access = access
        self.verificationMethod = verificationMethod
        self.keepMeSignedIn = keepMeSignedIn
    }
}

/// `keepMeSignedIn` of an action.
public struct KeepMeSignedIn: Hashable, Sendable {
    /// Whether the question is asked.
    public enum PostAuthentication: String, Hashable, Sendable, CaseIterable {
        /// It is asked.
        case allowed = "ALLOWED"
        /// It is not.
        case notAllowed = "NOT_ALLOWED"
    }

    /// Whether somebody is asked after signing in.
    public var postAuthentication: PostAuthentication?
    /// How often they are asked.
    public var promptFrequency: PolicyDuration?

    /// An answer.
    public init(postAuthentication: PostAuthentication?, promptFrequency: PolicyDuration? = nil) {
        self.postAuthentication = postAuthentication
        self.promptFrequency = promptFrequency
    }
}
