// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the machine offers to the network, and what it refuses.
extension SignalName {
    /// Whether the kernel drops what strangers send, over IPv4 and IPv6.
    public static let firewall = SignalName(rawValue: "firewall")
    /// Which service keeps the firewall, and its state: a hint, not what the kernel enforces.
    public static let firewallService = SignalName(rawValue: "firewallService")
    /// The ports that are listened on other addresses than loopback, such as `tcp/22 0.0.0.0`.
    public static let listeningServices = SignalName(rawValue: "listeningServices")
    /// Whether an SSH server runs, or is started by the first connection.
    public static let sshServer = SignalName(rawValue: "sshServer")
    /// What the SSH server's configuration comes to, such as `PermitRootLogin=no`.
    public static let sshServerSettings = SignalName(rawValue: "sshServerSettings")
    /// Whether USBGuard decides which USB devices may be used.
    public static let usbGuard = SignalName(rawValue: "usbGuard")
}
