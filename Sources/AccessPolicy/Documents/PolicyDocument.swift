// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a file may hold: policies, rules and zones, told apart by what they look like.
public struct PolicyDocument: Hashable, Sendable {
    /// The access policies.
    public var policies: [AccessPolicy] = []
    /// Rules that stand alone, as they are sent to be added to a policy.
    public var rules: [AccessPolicyRule] = []
    /// Password policies.
    public var passwordPolicies: [PasswordPolicy] = []
    /// Rules of password policies that stand alone.
    public var passwordRules: [PasswordPolicyRule] = []
    /// The zones.
    public var zones: [NetworkZone] = []

    /// Nothing.
    public init() {}

    /// Reads a policy, a rule, a zone, or an array of them.
    ///
    /// A rule has `actions`, a zone has a `type` of `IP`, `DYNAMIC` or `DYNAMIC_V2`; the rest is a policy.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> PolicyDocument {
        let node = try DocumentNode.read(bytes)
        var document = PolicyDocument()
        if node.value.array == nil {
            try document.add(node)
        } else {
            for element in try node.elements(atMost: 10_000) { try document.add(element) }
        }
        return document
    }

    /// Adds what another document holds.
    public mutating func add(_ other: PolicyDocument) {
        policies += other.policies
        rules += other.rules
        passwordPolicies += other.passwordPolicies
        passwordRules += other.passwordRules
        zones += other.zones
    }

    /// The policies, and the rules that stand alone as one policy about sign-ins and one about accounts, so that they can be
    /// asked about either.
    public var policiesWithRules: [AccessPolicy] {
        guard !rules.isEmpty else { return policies }
        return policies
            + AccessPolicy.ResourceType.allCases.map { type in
                AccessPolicy(metadata: PolicyMetadata(name: "rules"), resourceType: type, rules: rules)
            }
    }

    /// The password policies, and the rules that stand alone as one for everybody.
    public var passwordPoliciesWithRules: [PasswordPolicy] {
        guard !passwordRules.isEmpty else { return passwordPolicies }
        return passwordPolicies + [PasswordPolicy(metadata: PolicyMetadata(name: "rules"), rules: passwordRules)]
    }

    private mutating func add(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        let type = try node.member("type")?.string().asciiUppercased
        switch (type, node.member("actions") != nil) {
        case ("IP", _), ("DYNAMIC", _), ("DYNAMIC_V2", _): zones.append(try NetworkZone(node))
        case ("PASSWORD", true): passwordRules.append(try PasswordPolicyRule(node))
        case ("PASSWORD", false): passwordPolicies.append(try PasswordPolicy(node))
        case (_, true): rules.append(try AccessPolicyRule(node))
        case (_, false): policies.append(try AccessPolicy(node))
        }
    }
}
