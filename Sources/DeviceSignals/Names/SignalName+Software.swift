// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Security software, management agents and browsers.
extension SignalName {
    /// The security products and how far each is known to work, such as `crowdstrike=running`.
    public static let endpointProtection = SignalName(rawValue: "endpointProtection")
    /// The management agents and how far each is known to work, such as `intune=running`.
    public static let managementAgents = SignalName(rawValue: "managementAgents")
    /// Whether an agent runs by which an organisation manages the device.
    public static let deviceManaged = SignalName(rawValue: "deviceManaged")
    /// The browsers that are installed and their versions, such as `firefox=128.0`.
    public static let browsers = SignalName(rawValue: "browsers")
    /// Whether the browsers' policies let the organisations' pages reach the agent, such as `chrome https://id.example.com=allowed`.
    public static let browserLoopbackPolicies = SignalName(rawValue: "browserLoopbackPolicies")
}
