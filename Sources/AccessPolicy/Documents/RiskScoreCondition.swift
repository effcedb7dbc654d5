// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// `riskScore` of a rule.
public struct RiskScoreCondition: Hashable, Sendable {
    /// The level, or `nil` for any (`ANY`).
    public var level: RiskLevel?

    /// A condition.
    public init(level: RiskLevel?) { self.level = level }
}

/// How risky a sign-in looks.
public enum RiskLevel: String, Hashable, Sendable, CaseIterable {
    /// Nothing unusual.
    case low = "LOW"
    /// Something unusual.
    case medium = "MEDIUM"
    /// Much that is unusual.
    case high = "HIGH"
}
