// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
    /// Members that are not known here, as they were read; with any the method cannot be met.
    public var unrecognized: [JSONMember] = []

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
