// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of what the machine offers to the network, and what it refuses.
    static var network: [any SignalCollector] {
        [
            FirewallCollector(), FirewallServiceCollector(), ListeningServicesCollector(), SSHServerCollector(),
            SSHServerSettingsCollector(), USBGuardCollector(),
        ]
    }
}
