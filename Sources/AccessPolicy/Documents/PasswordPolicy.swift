// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A policy of type `PASSWORD`, as far as it says who decides about recovering a password and unlocking an account.
///
/// What it says of passwords themselves (`settings`) is the business of the directory that keeps them.
public struct PasswordPolicy: Hashable, Sendable {
    /// The most rules of a policy.
    public static let maximumRules = 1000

    /// Id, name, status, priority.
    public var metadata: PolicyMetadata
    /// Whose policy it is.
    public var people: PeopleCondition?
    /// Conditions that are not known here, as they were read; nobody can tell whether they match.
    public var unrecognized: [JSONMember] = []
    /// The rules.
    public var rules: [PasswordPolicyRule]

    /// A policy for everybody.
    public init(metadata: PolicyMetadata, rules: [PasswordPolicyRule]) {
        self.metadata = metadata
        self.rules = rules
    }

    /// Reads a policy as Okta's API writes it, with its rules where they are under `_embedded.rules` or `rules`.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> PasswordPolicy {
        try PasswordPolicy(DocumentNode.read(bytes))
    }

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        let type = try node.required("type")
        guard try type.string().asciiUppercased == "PASSWORD" else { throw type.error("is not PASSWORD") }
        if let actions = node.member("actions") {
            throw actions.error("is a member of rules: this is a policy, and would be one without any")
        }
        metadata = try PolicyMetadata(node)
        rules = []
        let lists = [node.member("_embedded")?.member("rules"), node.member("rules")].compactMap(\.self)
        if lists.count > 1 { throw lists[1].error("stands beside _embedded.rules; keep one of the two") }
        for rule in try lists.first?.elements(atMost: Self.maximumRules) ?? [] {
            rules.append(try PasswordPolicyRule(rule))
        }
        guard let conditions = node.member("conditions") else { return }
        try conditions.object()
        people = try conditions.member("people").map { (n) throws(PolicyDocumentError) in try PeopleCondition(n) }
        // Everybody here is of the verifier's own directory, which Okta's documents call theirs.
        let provider = try conditions.member("authProvider")?.member("provider")?.string().asciiUppercased
        let isOwn = provider == "OKTA" || provider == "ANY"
        unrecognized = conditions.unrecognized(besides: isOwn ? ["people", "authProvider"] : ["people"])
    }
}
