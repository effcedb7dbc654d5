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

/// Ids that are meant, and ids that are not; who is in both is not.
public struct Inclusion: Hashable, Sendable {
    /// Those meant; empty where all are.
    public var include: [String]
    /// Those not meant.
    public var exclude: [String]

    /// Lists.
    public init(include: [String] = [], exclude: [String] = []) {
        self.include = include
        self.exclude = exclude
    }
}

/// `people` of a rule: `exclude` wins, nothing under `include` means everybody, users and groups are alternatives.
public struct PeopleCondition: Hashable, Sendable {
    /// Users by id.
    public var users: Inclusion
    /// Groups by id.
    public var groups: Inclusion
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(users: Inclusion = Inclusion(), groups: Inclusion = Inclusion()) {
        self.users = users
        self.groups = groups
    }
}

/// `network` of a rule.
public struct NetworkCondition: Hashable, Sendable {
    /// Whether zones count.
    public enum Connection: String, Hashable, Sendable, CaseIterable {
        /// From anywhere.
        case anywhere = "ANYWHERE"
        /// From the zones that are named.
        case zone = "ZONE"
    }

    /// The element that means every zone.
    public static let allZones = "ALL_ZONES"

    /// Whether zones count.
    public var connection: Connection
    /// Zones by id.
    public var zones: Inclusion
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(connection: Connection, zones: Inclusion = Inclusion()) {
        self.connection = connection
        self.zones = zones
    }
}

/// `device` of a rule; each member is compared exactly, none is a minimum.
public struct DeviceCondition: Hashable, Sendable {
    /// Whether the device is registered.
    public var registered: Bool?
    /// Whether the device is managed.
    public var managed: Bool?
    /// Device assurance policies by id, of which the device meets one; empty where none is asked for.
    public var assurance: [String]
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(registered: Bool? = nil, managed: Bool? = nil, assurance: [String] = []) {
        self.registered = registered
        self.managed = managed
        self.assurance = assurance
    }
}

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
