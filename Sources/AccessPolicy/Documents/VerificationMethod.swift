// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What somebody must prove: `verificationMethod` of an action.
public enum VerificationMethod: Hashable, Sendable {
    /// A number of factors, and which ones (`ASSURANCE`).
    case assurance(AssuranceMethod)
    /// One of several sequences of authenticators (`AUTH_METHOD_CHAIN`).
    case chains(MethodChains)
    /// A proof of identity by a third party (`ID_PROOFING`), by its id; not offered here, so that it cannot be met.
    case identityProofing(id: String?)
    /// A type that is not known here; it cannot be met.
    case unrecognized(type: String, JSONValue)

    /// One factor of any kind: what an action without a method asks for.
    public static let anyFactor = VerificationMethod.assurance(AssuranceMethod(factorMode: .one))
}

/// A number of factors, and which ones.
public struct AssuranceMethod: Hashable, Sendable {
    /// How many factors of different classes.
    public enum FactorMode: String, Hashable, Sendable, CaseIterable {
        /// One.
        case one = "1FA"
        /// Two of different classes.
        case two = "2FA"

        /// The number.
        public var count: Int { self == .one ? 1 : 2 }
    }

    /// How many factors.
    public var factorMode: FactorMode
    /// Which ones: one of these has to be met; with none every factor counts.
    public var constraints: [FactorConstraints]
    /// How long a proof counts; `nil` as long as its session.
    public var reauthenticateIn: PolicyDuration?
    /// After how long without use a session's proofs no longer count.
    public var inactivityPeriod: PolicyDuration?

    /// A method.
    public init(
        factorMode: FactorMode, constraints: [FactorConstraints] = [], reauthenticateIn: PolicyDuration? = nil,
        inactivityPeriod: PolicyDuration? = nil
    ) {
        self.factorMode = factorMode
        self.constraints = constraints
        self.reauthenticateIn = reauthenticateIn
        self.inactivityPeriod = inactivityPeriod
    }
}

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

/// What a key and its use have to be.
public struct RequiredTraits: Hashable, Sendable {
    /// Bound to one device.
    public var deviceBound: Requirement?
    /// Kept in hardware.
    public var hardwareProtection: Requirement?
    /// Of no use to who stands between.
    public var phishingResistant: Requirement?
    /// The person shows that they are there; `REQUIRED` where the document does not say.
    public var userPresence: Requirement?
    /// The person shows that it is they, by PIN or biometrics.
    public var userVerification: Requirement?
    /// How they show it, where that is required; empty for any way.
    public var userVerificationMethods: [UserVerificationMethod] = []

    /// Nothing said.
    public init() {}
}

/// Whether something is asked for.
public enum Requirement: String, Hashable, Sendable, CaseIterable {
    /// It may be.
    case optional = "OPTIONAL"
    /// It must be.
    case required = "REQUIRED"
}

/// How a person shows that it is they.
public enum UserVerificationMethod: String, Hashable, Sendable, CaseIterable {
    /// By a finger or face.
    case biometrics = "BIOMETRICS"
    /// By a PIN.
    case pin = "PIN"
}

/// An authenticator in a document: `{key, method, id}` with what it has to be.
public struct AuthenticationMethod: Hashable, Sendable {
    /// The authenticator.
    public var key: AuthenticatorKey
    /// The way it is used; any where it is `nil`.
    public var method: AuthenticatorMethod?
    /// One of several authenticators of the same key.
    public var id: String?
    /// What the key has to be; in chains alone.
    public var traits = RequiredTraits()
    /// Members that are not known here and ask for something, as they were read; such a step cannot be met.
    public var unrecognized: [JSONMember] = []

    /// An authenticator.
    public init(key: AuthenticatorKey, method: AuthenticatorMethod? = nil, id: String? = nil) {
        self.key = key
        self.method = method
        self.id = id
    }
}

/// Sequences of authenticators, of which one has to be gone through.
public struct MethodChains: Hashable, Sendable {
    /// One sequence.
    public struct Chain: Hashable, Sendable {
        /// Its steps, first to last, each with the authenticators of which one is used.
        public var steps: [[AuthenticationMethod]]
        /// How long its proofs count, in place of the method's own time.
        public var reauthenticateIn: PolicyDuration?

        /// A chain.
        public init(steps: [[AuthenticationMethod]], reauthenticateIn: PolicyDuration? = nil) {
            self.steps = steps
            self.reauthenticateIn = reauthenticateIn
        }
    }

    /// The most chains of a method.
    public static let maximumChains = 5
    /// The most steps of a chain.
    public static let maximumSteps = 3

    /// The chains.
    public var chains: [Chain]
    /// How long proofs count where the chain does not say.
    public var reauthenticateIn: PolicyDuration?

    /// Chains.
    public init(_ chains: [Chain], reauthenticateIn: PolicyDuration? = nil) {
        self.chains = chains
        self.reauthenticateIn = reauthenticateIn
    }
}
