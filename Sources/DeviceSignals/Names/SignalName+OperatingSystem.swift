// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The operating system.
extension SignalName {
    /// `LINUX`, always, for this agent.
    public static let platform = SignalName(rawValue: "platform")
    /// The distribution's `ID` of os-release(5), such as `debian`.
    public static let osName = SignalName(rawValue: "osName")
    /// The distribution's version, such as `12.9` or `24.04`.
    public static let osVersion = SignalName(rawValue: "osVersion")
    /// The running kernel's release as uname(2) gives it.
    public static let kernelVersion = SignalName(rawValue: "kernelVersion")
}
