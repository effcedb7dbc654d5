// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of security software, management and browsers.
    static let software: [SignalGuide] = [
        SignalGuide(
            .endpointProtection, "Endpoint protection", "Which security products are installed, running or healthy."),
        SignalGuide(
            .managementAgents, "Management agents",
            "Which programs are here by which an organisation looks after devices."),
        SignalGuide(.deviceManaged, "Managed", "Whether such a program runs that can change settings."),
        SignalGuide(.browsers, "Browsers", "Which browsers are installed, with their versions."),
        SignalGuide(
            .browserLoopbackPolicies, "Browsers' permission",
            "Whether browsers let the sign-in pages of your organisations reach this agent without asking.",
            isGood: { value in
                guard case .strings(let policies) = value else { return true }
                return !policies.contains { $0.hasSuffix("blocked") }
            }
        ) { _ in
            SignalGuide.Remedy(
                "Ask your administrator to let the sign-in page reach this device in the browser's policies.")
        },
    ]
}
