// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A condition of a rule, named as Okta's simulation names it.
public enum ConditionKind: String, Hashable, Sendable, CaseIterable {
    /// The level of risk.
    case risk = "riskScore.level"
    /// The device's registration.
    case deviceRegistered = "device.registered"
    /// The device's management.
    case deviceManaged = "device.managed"
    /// The kind of device and its system.
    case platform = "platform"
    /// The type of user.
    case userType = "userType"
    /// The people.
    case people = "people"
    /// The network.
    case network = "network"
    /// What device assurance policies say.
    case deviceAssurance = "device.assurance"
    /// Conditions that are not known here.
    case unrecognized = "unrecognized"
    /// The expression.
    case expression = "elCondition"
}
