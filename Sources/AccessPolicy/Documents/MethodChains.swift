// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
