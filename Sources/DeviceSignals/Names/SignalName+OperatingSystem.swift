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
    /// The distribution's `VARIANT_ID`, such as `workstation`.
    public static let osVariant = SignalName(rawValue: "osVariant")
    /// The distribution's `VERSION_CODENAME`, such as `bookworm`.
    public static let osCodename = SignalName(rawValue: "osCodename")
    /// The build or image, such as `20260714.1`.
    public static let osBuild = SignalName(rawValue: "osBuild")
    /// The last day on which the distribution supports this release, as `YYYY-MM-DD`.
    public static let osSupportEnd = SignalName(rawValue: "osSupportEnd")
    /// How many days of support are left; negative once it has ended.
    public static let osSupportDaysLeft = SignalName(rawValue: "osSupportDaysLeft")
    /// The newest installed kernel of the flavour that runs, as `uname -r` would print it.
    public static let newestKernelVersion = SignalName(rawValue: "newestKernelVersion")
    /// Whether something that is installed takes effect only with the next start.
    public static let rebootPending = SignalName(rawValue: "rebootPending")
    /// How many packages lack a security update that the machine knows of.
    public static let securityUpdatesPending = SignalName(rawValue: "securityUpdatesPending")
    /// How many of those are held back by the machine's owner.
    public static let securityUpdatesHeld = SignalName(rawValue: "securityUpdatesHeld")
    /// How many hours old the machine's knowledge of security updates is.
    public static let securityUpdatesAge = SignalName(rawValue: "securityUpdatesAge")
    /// Whether security updates are installed without anybody doing it.
    public static let automaticUpdates = SignalName(rawValue: "automaticUpdates")
    /// Whether the clock is kept right by a time server.
    public static let timeSynchronized = SignalName(rawValue: "timeSynchronized")
    /// The kind of virtual machine, `none` on a machine of its own.
    public static let virtualization = SignalName(rawValue: "virtualization")
    /// The kind of container, `none` outside of one.
    public static let containerType = SignalName(rawValue: "containerType")
}
