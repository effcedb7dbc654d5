// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import ExpressionLanguage

/// The conditions of a rule; all that are there have to match.
public struct RuleConditions: Hashable, Sendable {
    /// Which people.
    public var people: PeopleCondition?
    /// Which types of users, by id.
    public var userType: Inclusion?
    /// From where.
    public var network: NetworkCondition?
    /// With which devices.
    public var device: DeviceCondition?
    /// With which platforms.
    public var platform: PlatformCondition?
    /// At which level of risk.
    public var riskScore: RiskScoreCondition?
    /// What an expression says.
    public var expression: ExpressionLanguage.Expression?
    /// Conditions that are not known here, as they were read; nobody can tell whether they match.
    public var unrecognized: [JSONMember] = []

    /// No conditions: everybody matches.
    public init() {}
}
