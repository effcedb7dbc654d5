// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A rule of a policy of type `PASSWORD`: who may set a new password or unlock an account by themselves, and which policy
/// says how they prove who they are.
public struct PasswordPolicyRule: Hashable, Sendable {
    /// Which policy says how people prove who they are when they recover a password or unlock an account.
    public enum AccessControl: String, Hashable, Sendable, CaseIterable {
        /// The account management policy.
        case authenticationPolicy = "AUTH_POLICY"
        /// This rule's own requirement.
        case legacy = "LEGACY"
    }

    /// What this rule asks for where it asks itself.
    public struct Requirement: Hashable, Sendable {
        /// Ways of the first step, in lower case, such as `email`.
        public var primaryMethods: [String] = []
        /// `primary.methodConstraints`, as they were read.
        public var methodConstraints: JSONValue?
        /// Whether there is a second step.
        public var requiresStepUp = false
        /// Ways of the second step, in lower case, such as `security_question`.
        public var stepUpMethods: [String] = []

        /// Nothing.
        public init() {}
    }

    /// Id, name, status, priority.
    public var metadata: PolicyMetadata
    /// Which people.
    public var people: PeopleCondition?
    /// From where.
    public var network: NetworkCondition?
    /// Conditions that are not known here, as they were read; nobody can tell whether they match.
    public var unrecognized: [JSONMember] = []
    /// Whether a password may be changed.
    public var passwordChange: PolicyAccess = .deny
    /// Whether a password may be recovered.
    public var selfServicePasswordReset: PolicyAccess = .deny
    /// Whether an account may be unlocked.
    public var selfServiceUnlock: PolicyAccess = .deny
    /// Which policy says how; what the document does not say is ``AccessControl/authenticationPolicy``.
    public var accessControl = AccessControl.authenticationPolicy
    /// What this rule asks for itself.
    public var requirement = Requirement()

    /// A rule that allows nothing.
    public init(metadata: PolicyMetadata) { self.metadata = metadata }

    /// Reads a rule as Okta's API writes it.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> PasswordPolicyRule {
        try PasswordPolicyRule(DocumentNode.read(bytes))
    }

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        let type = try node.required("type")
        guard try type.string().asciiUppercased == "PASSWORD" else { throw type.error("is not PASSWORD") }
        metadata = try PolicyMetadata(node)
        if let conditions = node.member("conditions") {
            try conditions.object()
            people = try conditions.member("people").map { (n) throws(PolicyDocumentError) in try PeopleCondition(n) }
            network = try conditions.member("network").map { (n) throws(PolicyDocumentError) in
                try NetworkCondition(n)
            }
            unrecognized = conditions.unrecognized(besides: ["people", "network"])
        }
        try readActions(node.required("actions"))
    }

    private mutating func readActions(_ actions: DocumentNode) throws(PolicyDocumentError) {
        try actions.object()
        passwordChange = try Self.access("passwordChange", in: actions)
        selfServicePasswordReset = try Self.access("selfServicePasswordReset", in: actions)
        selfServiceUnlock = try Self.access("selfServiceUnlock", in: actions)
        guard let requirement = actions.member("selfServicePasswordReset")?.member("requirement") else { return }
        try requirement.object()
        accessControl = try requirement.member("accessControl")?.choice(AccessControl.self) ?? .authenticationPolicy
        let primary = requirement.member("primary")
        self.requirement.primaryMethods = try Self.methods(primary)
        self.requirement.methodConstraints = primary?.member("methodConstraints")?.value
        let stepUp = requirement.member("stepUp")
        self.requirement.requiresStepUp = try stepUp?.member("required")?.boolean() ?? false
        self.requirement.stepUpMethods = try Self.methods(stepUp)
    }

    private static func access(
        _ name: String, in actions: DocumentNode
    ) throws(PolicyDocumentError) -> PolicyAccess {
        try actions.member(name)?.required("access").choice(PolicyAccess.self) ?? .deny
    }

    private static func methods(_ node: DocumentNode?) throws(PolicyDocumentError) -> [String] {
        try node?.member("methods")?.strings(atMost: 20).map { $0.asciiLowercased } ?? []
    }
}
