// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One element of `constraints`: what each class of factors has to be; all that are there have to be met.
public struct FactorConstraints: Hashable, Sendable {
    /// What a factor of knowledge has to be.
    public var knowledge: FactorConstraint?
    /// What a factor of possession has to be.
    public var possession: FactorConstraint?
    /// Members that are not known here, as they were read; such an element cannot be met.
    public var unrecognized: [JSONMember] = []

    /// Constraints.
    public init(knowledge: FactorConstraint? = nil, possession: FactorConstraint? = nil) {
        self.knowledge = knowledge
        self.possession = possession
    }
}

/// What a factor of one class has to be.
public struct FactorConstraint: Hashable, Sendable {
    /// The authenticators that are accepted; empty where all are.
    public var authenticationMethods: [AuthenticationMethod] = []
    /// The authenticators that are not accepted.
    public var excludedAuthenticationMethods: [AuthenticationMethod] = []
    /// The methods that are accepted; empty where all are.
    public var methods: [AuthenticatorMethod] = []
    /// The types of authenticators that are accepted; empty where all are.
    public var types: [AuthenticatorType] = []
    /// How long a proof counts, in place of the method's own time.
    public var reauthenticateIn: PolicyDuration?
    /// Whether a factor of this class is demanded at all, or only has to be like this where it is used; what the document
    /// says, or `nil`.
    public var required: Bool?
    /// What the key has to be; for possession alone.
    public var traits = RequiredTraits()
    /// Members that are not known here and ask for something, as they were read; such a constraint cannot be met.
    public var unrecognized: [JSONMember] = []

    /// A constraint that every factor of its class meets.
    public init() {}

    /// Whether a factor of this class is demanded: yes, unless the document says otherwise or only excludes some.
    public var isRequired: Bool { required ?? excludedAuthenticationMethods.isEmpty }
}
