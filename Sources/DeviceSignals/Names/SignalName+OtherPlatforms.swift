// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Signals that other platforms' agents report and this one does not.
extension SignalName {
    /// Whether the device was jailbroken or rooted.
    public static let integrityJailbreak = SignalName(rawValue: "integrityJailbreak")
    /// Whether the app that asks is managed by an organisation.
    public static let managedApp = SignalName(rawValue: "managedApp")
}
